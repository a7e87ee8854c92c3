// Area setup, network: where this machine is reached, what listens there, and the certificate that it shows.
import { z } from 'zod'
import { procedure } from './procedure.ts'

export const certificateFacts = z.object({
  kind: z.enum(['own', 'lan-authority']),
  /** SHA-256, hex pairs with colons. */
  authorityFingerprint: z.string(),
  daysLeft: z.number(),
  problems: z.array(z.string()),
})

export const networkAddress = z.object({ interfaceName: z.string(), address: z.string() })

export const networkListener = z.object({
  name: z.enum(['s3', 'console']),
  address: z.string(),
  port: z.number(),
  state: z.enum(['listening', 'free', 'in-use', 'off']),
  reason: z.string().optional(),
})

export const networkReport = z.object({
  /** Host names that clients may use, the one to show first. */
  storeHostNames: z.array(z.string()),
  addresses: z.array(networkAddress),
  listeners: z.array(networkListener),
  /** `names`: host names and addresses that the certificate covers. */
  certificate: certificateFacts.extend({ names: z.array(z.string()) }).optional(),
  tls: z.enum(['lan-authority', 'own', 'off']),
})
export type NetworkReport = z.infer<typeof networkReport>

export const certificateCheckCodes = ['readable', 'key-fits', 'dates', 'chain', 'not-authority', 'names'] as const

export const certificateCheck = z.object({
  code: z.enum(certificateCheckCodes),
  ok: z.boolean(),
  /** What was found; where it is not ok, with the repair. */
  text: z.string(),
})

const pem = z.string().min(1).max(200_000)

export const setupNetworkProcedures = {
  'setup.network': procedure({ caller: 'setup-code', input: z.strictObject({}), output: networkReport }),
  /** `checkOnly`: nothing is written. Else both files are, when every check is ok; the servers show the certificate at once. */
  'setup.ownCertificate': procedure({
    caller: 'setup-code',
    input: z.strictObject({ certificatePem: pem, privateKeyPem: pem, checkOnly: z.boolean() }),
    output: z.object({ checks: z.array(certificateCheck), written: z.boolean() }),
  }),
}
