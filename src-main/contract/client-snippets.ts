// Settings of S3 clients as data: text with places to fill. Each is tried with the real client in tests/wire.
// Places: {endpoint} {host} {region} {accessKeyId} {bucket} {caFile} {consoleUrl} {fingerprint}. The secret is never filled in.
import type { ClientName } from './connect.ts'

export interface SnippetFacts {
  /** `https://studio.local:9000` */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly bucket: string | undefined
  /** Path of the authority's certificate at the client; undefined when none is needed (own certificate, or plain HTTP). */
  readonly caFile: string | undefined
  readonly consoleUrl: string
  readonly fingerprint: string
}

interface ClientSnippet {
  readonly title: string
  readonly file?: string
  readonly text: string
  /** Lines that only make sense where the authority must be trusted by hand, by place in `text`: {caFlag}. */
  readonly caFlag: string
}

/** Where the secret belongs; filled in by whoever has it, never by Coffer. */
export const secretPlace = 'YOUR-SECRET-KEY'

export const clientSnippets: Readonly<Record<ClientName, ClientSnippet>> = {
  aws: {
    title: 'AWS command line',
    caFlag: 'export AWS_CA_BUNDLE={caFileInShell}\n',
    text: `export AWS_ACCESS_KEY_ID={accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretPlace}
export AWS_DEFAULT_REGION={region}
{caFlag}
aws --endpoint-url {endpoint} s3 ls
aws --endpoint-url {endpoint} s3 cp FILE s3://{bucket}/
`,
  },
  rclone: {
    title: 'rclone',
    file: '~/.config/rclone/rclone.conf',
    caFlag: ' --ca-cert {caFileInShell}',
    text: `[coffer]
type = s3
provider = Other
access_key_id = {accessKeyId}
secret_access_key = ${secretPlace}
endpoint = {endpoint}
region = {region}
force_path_style = true

# rclone{caFlag} copy FOLDER coffer:{bucket}
`,
  },
  restic: {
    title: 'restic',
    caFlag: ' --cacert {caFileInShell}',
    text: `export AWS_ACCESS_KEY_ID={accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretPlace}
export AWS_DEFAULT_REGION={region}
export RESTIC_REPOSITORY=s3:{endpoint}/{bucket}

restic{caFlag} init
restic{caFlag} backup FOLDER
`,
  },
  s3cmd: {
    title: 's3cmd',
    file: '~/.s3cfg',
    caFlag: 'ca_certs_file = {caFile}\n',
    text: `[default]
access_key = {accessKeyId}
secret_key = ${secretPlace}
host_base = {host}
host_bucket = {host}
bucket_location = {region}
use_https = {useHttps}
signature_v2 = False
{caFlag}
# s3cmd put FILE s3://{bucket}/
`,
  },
  mc: {
    title: 'MinIO client (mc)',
    caFlag: 'mkdir -p ~/.mc/certs/CAs && cp {caFileInShell} ~/.mc/certs/CAs/\n',
    text: `{caFlag}mc alias set coffer {endpoint} {accessKeyId} --api S3v4 --path on
# asks for the secret key
mc ls coffer
mc cp FILE coffer/{bucket}/
`,
  },
  boto3: {
    title: 'Python (boto3)',
    caFlag: `    verify='{caFile}',\n`,
    text: `import boto3
from botocore.config import Config

s3 = boto3.client(
    's3',
    endpoint_url='{endpoint}',
    region_name='{region}',
    aws_access_key_id='{accessKeyId}',
    aws_secret_access_key='${secretPlace}',
{caFlag}    config=Config(s3={'addressing_style': 'path'}),
)
s3.upload_file('FILE', '{bucket}', 'FILE')
`,
  },
}

/** The text with its places filled. */
export function formatSnippet(client: ClientName, facts: SnippetFacts): string {
  const { text, caFlag } = clientSnippets[client]
  return fill(text.replaceAll('{caFlag}', facts.caFile === undefined ? '' : caFlag), facts).replaceAll(/\n{3,}/g, '\n\n')
}

/** How the authority's certificate gets to the client, with the fingerprint to compare. Empty when it is not needed. */
export function formatTrustSteps(facts: SnippetFacts): string {
  if (facts.caFile === undefined) return ''
  return fill(`curl --insecure --output coffer-ca.crt {consoleUrl}/coffer-ca.crt
openssl x509 -in coffer-ca.crt -noout -fingerprint -sha256
# must be {fingerprint}
`, facts) // prettier-ignore
}

function fill(text: string, facts: SnippetFacts): string {
  const places: Readonly<Record<string, string>> = {
    endpoint: facts.endpoint,
    host: facts.endpoint.replace(/^https?:\/\//, ''),
    useHttps: facts.endpoint.startsWith('https:') ? 'True' : 'False',
    region: facts.region,
    accessKeyId: facts.accessKeyId,
    bucket: facts.bucket ?? 'BUCKET',
    caFile: facts.caFile ?? '',
    caFileInShell: quoteForShell(facts.caFile ?? ''),
    consoleUrl: facts.consoleUrl,
    fingerprint: facts.fingerprint,
  }
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole)
}

function quoteForShell(text: string): string {
  return /^[\w/.+@-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
