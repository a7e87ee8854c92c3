// Area connect: ready-to-paste settings for a client. They never hold the secret: its place is marked.
import { z } from 'zod'
import { bucketName } from './names.ts'
import { procedure } from './procedure.ts'

export const clientNames = ['aws', 'rclone', 'restic', 's3cmd', 'mc', 'boto3'] as const
export type ClientName = (typeof clientNames)[number]

export const clientSettings = z.object({
  client: z.enum(clientNames),
  title: z.string(),
  /** How to get the authority's certificate onto the client's machine; empty when the certificate is trusted already or TLS is off. */
  trust: z.string(),
  text: z.string(),
  /** Where the text belongs when it is a file. */
  file: z.string().optional(),
  endpoint: z.string(),
  region: z.string(),
  accessKeyId: z.string(),
})

export const connectProcedures = {
  'connect.settings': procedure({
    caller: 'operator',
    input: z.strictObject({ client: z.enum(clientNames), bucket: bucketName.optional() }),
    output: clientSettings,
  }),
}
