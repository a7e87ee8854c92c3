// The door of the erasure engine.
export { openErasureBackend, type ErasureBackend, type ErasureOptions } from './backend.ts'
export { connectDrive } from './drives/drive-client.ts'
export { DriveError, type DriveConnection } from './drives/drive-connection.ts'
export { openDriveSealStore } from './set/drive-seal-store.ts'
export { formatSet, defaultSegmentSizeBytes, type BlankDrive, type FormatOptions } from './set/format-set.ts'
export { findSet, type DriveSearch, type FoundDrive, type FoundSet, type RefusedDrive } from './set/open-set.ts'
export { chooseParityShards, setDrivesMax } from './set/quorum.ts'
export { parityMaxOf, planLayout, type LayoutOutcome, type LayoutPlan } from './set/plan-layout.ts'
