// Door of the object layer.
export { ObjectError, type ObjectFault } from './object-fault.ts'
export type * from './object-types.ts'
export type { Objects } from './objects-service.ts'
export { openObjects, type ObjectsOptions, type OpenedObjects } from './objects.ts'
