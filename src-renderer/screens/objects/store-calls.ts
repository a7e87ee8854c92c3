// What the object browser asks the console, in the shape its parts need.
import { call } from '../../console-client.ts'
import type { ListingPage, ListingPlace } from './object-listing.ts'

/** A page of one folder. */
export function listFolder({ bucket, prefix }: ListingPlace, after: string | undefined): Promise<ListingPage> {
  return call('objects.list', { bucket, prefix, delimiter: '/', ...(after === undefined ? {} : { after }) })
}

/** A page of everything that begins so, whatever folders lie between. */
export function listAllOf(bucket: string): (prefix: string, after: string | undefined) => Promise<ListingPage> {
  return (prefix, after) => call('objects.list', { bucket, prefix, delimiter: '', ...(after === undefined ? {} : { after }) })
}
