// Whose key it is: an envelope is bound to bucket and name, and opens nowhere else.

export interface ObjectPlace {
  readonly bucket: string
  readonly name: string
}
