// Every procedure of the console by its name: the one map from which client and server take their types.
import type { z } from 'zod'
import { bucketProcedures } from './buckets.ts'
import { connectProcedures } from './connect.ts'
import { driveProcedures } from './drives.ts'
import { objectProcedures } from './objects.ts'
import { operatorProcedures } from './operator.ts'
import { encryptionProcedures } from './encryption.ts'
import { setupDraftProcedures } from './setup-draft.ts'
import { setupDriveProcedures } from './setup-drives.ts'
import { setupNetworkProcedures } from './setup-network.ts'
import { setupProcedures } from './setup.ts'
import { stateProcedures } from './state.ts'
import { unsealProcedures } from './unseal.ts'

export const procedures = {
  ...stateProcedures,
  ...setupProcedures,
  ...setupDriveProcedures,
  ...setupNetworkProcedures,
  ...setupDraftProcedures,
  ...encryptionProcedures,
  ...unsealProcedures,
  ...driveProcedures,
  ...bucketProcedures,
  ...objectProcedures,
  ...operatorProcedures,
  ...connectProcedures,
}

export type Procedures = typeof procedures
export type ProcedureName = keyof Procedures
/** What a caller sends. */
export type InputOf<Name extends ProcedureName> = z.input<Procedures[Name]['input']>
/** What a handler gets. */
export type ParsedInputOf<Name extends ProcedureName> = z.output<Procedures[Name]['input']>
export type OutputOf<Name extends ProcedureName> = z.output<Procedures[Name]['output']>

export function isProcedureName(name: string): name is ProcedureName {
  return Object.hasOwn(procedures, name)
}

/** A caller of procedures, whatever carries the call: local socket, HTTPS, desktop window. Rejects with a ConsoleFault's meaning. */
export type CallProcedure = <Name extends ProcedureName>(name: Name, input: InputOf<Name>) => Promise<OutputOf<Name>>

/** Required on every call over HTTP: a foreign page can't set it. */
export const csrfHeader = 'x-coffer-csrf'
export const setupCodeHeader = 'x-coffer-setup-code'
export const requestSizeMax = 1024 * 1024
