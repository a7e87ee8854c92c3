// The one schema of the configuration: every field with its default, its environment variable, its MinIO aliases and an example.
// Settings changed in the interface live in the barrier, not here.
import { z } from 'zod'

const address = z.object({
  host: z.string().min(1),
  /** 0: any free port (tests). */
  port: z.number().int().min(0).max(65_535),
})

const parityText = z.string().regex(/^EC:\d{1,2}$/)

export const configSchema = z.strictObject({
  stateFolder: z.string().min(1),
  /** Roots of drives, in any order; identity decides which is which. */
  drives: z.array(z.string().min(1)).max(64),
  s3: address,
  console: address,
  /** `lan-authority`: the built-in one, or own certificates where they are in the certs folder. `off`: plain HTTP for S3 (the console stays HTTPS). */
  tls: z.enum(['lan-authority', 'off']),
  region: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** Domains for virtual-host style requests. */
  domains: z.array(z.string().min(1)).max(16),
  rootUser: z.string().min(3).max(128).optional(),
  rootPassword: z.string().min(8).max(256).optional(),
  storageClassStandard: parityText.optional(),
  storageClassReduced: parityText.optional(),
  /** Absent: as chosen in the interface, on unless changed there. */
  encryptByDefault: z.boolean().optional(),
  /** Shared memory for bodies on their way. */
  payloadMemoryMib: z.number().int().min(64).max(3072),
  requestsInFlightMax: z.number().int().min(1).max(100_000),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
})

export type Config = z.infer<typeof configSchema>

export type FieldKind = 'text' | 'list' | 'address' | 'boolean' | 'integer' | 'volumes'

export interface ConfigField {
  readonly field: keyof Config
  readonly kind: FieldKind
  readonly variable: string
  readonly aliases: readonly string[]
  readonly example: string
}

/** Variables ending in `_FILE` name a file that holds the value. */
export const configFields: readonly ConfigField[] = [
  { field: 'stateFolder', kind: 'text', variable: 'COFFER_STATE_FOLDER', aliases: [], example: '/var/lib/coffer' },
  { field: 'drives', kind: 'volumes', variable: 'COFFER_DRIVES', aliases: ['MINIO_VOLUMES'], example: '/mnt/drive{1...4}' },
  { field: 's3', kind: 'address', variable: 'COFFER_S3_ADDRESS', aliases: [], example: '0.0.0.0:9000' },
  { field: 'console', kind: 'address', variable: 'COFFER_CONSOLE_ADDRESS', aliases: [], example: '0.0.0.0:9001' },
  { field: 'tls', kind: 'text', variable: 'COFFER_TLS', aliases: [], example: 'lan-authority' },
  { field: 'region', kind: 'text', variable: 'COFFER_REGION', aliases: ['MINIO_SITE_REGION', 'MINIO_REGION'], example: 'us-east-1' },
  { field: 'domains', kind: 'list', variable: 'COFFER_DOMAIN', aliases: ['MINIO_DOMAIN'], example: 's3.studio.local' },
  { field: 'rootUser', kind: 'text', variable: 'COFFER_ROOT_USER', aliases: ['MINIO_ROOT_USER'], example: 'studio-admin' },
  { field: 'rootPassword', kind: 'text', variable: 'COFFER_ROOT_PASSWORD', aliases: ['MINIO_ROOT_PASSWORD'], example: '(eight characters or more)' },
  { field: 'storageClassStandard', kind: 'text', variable: 'COFFER_STORAGE_CLASS_STANDARD', aliases: ['MINIO_STORAGE_CLASS_STANDARD'], example: 'EC:2' },
  { field: 'storageClassReduced', kind: 'text', variable: 'COFFER_STORAGE_CLASS_RRS', aliases: ['MINIO_STORAGE_CLASS_RRS'], example: 'EC:1' },
  { field: 'encryptByDefault', kind: 'boolean', variable: 'COFFER_ENCRYPT_BY_DEFAULT', aliases: ['MINIO_KMS_AUTO_ENCRYPTION'], example: 'on' },
  { field: 'payloadMemoryMib', kind: 'integer', variable: 'COFFER_PAYLOAD_MEMORY_MIB', aliases: [], example: '256' },
  { field: 'requestsInFlightMax', kind: 'integer', variable: 'COFFER_REQUESTS_IN_FLIGHT_MAX', aliases: [], example: '1024' },
  { field: 'logLevel', kind: 'text', variable: 'COFFER_LOG_LEVEL', aliases: [], example: 'info' },
]
