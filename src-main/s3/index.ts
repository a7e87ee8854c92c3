// Door of the S3 edge.
export { createS3Server, s3HttpOptions, type RequestSummary, type S3Server, type S3ServerOptions } from './server.ts'
export { defaultS3Settings, type S3Settings } from './settings.ts'
