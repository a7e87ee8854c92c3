// Subresources that are the same for every bucket or object as long as nothing can set them: what clients, Terraform among them, read on refresh.
// GetBucketAcl, GetBucketVersioning, GetBucketEncryption, GetBucketAccelerateConfiguration, GetBucketRequestPayment, GetBucketLogging,
// GetBucketNotificationConfiguration, GetObjectAcl, GetObjectTagging, and the 404 of every document that does not exist.
import { refusal, type AbsentDocument } from '../errors.ts'
import { emptyReply, xmlReply, type Reply } from '../reply.ts'
import { document, element, wrap } from '../wire/xml-writer.ts'
import { ownerElement } from '../wire/listing.ts'
import { requireBucket } from './head-bucket.ts'
import { addressOf, type Operation, type S3Call } from './operation.ts'
import { findParameter } from '../wire/query.ts'

const encryptionRule = wrap('Rule', wrap('ApplyServerSideEncryptionByDefault', element('SSEAlgorithm', 'AES256')) + element('BucketKeyEnabled', false))

export const getBucketVersioning = ofBucket(() => xmlReply(document('VersioningConfiguration', '')))
/** Everything is encrypted, whether asked for or not. */
export const getBucketEncryption = ofBucket(() => xmlReply(document('ServerSideEncryptionConfiguration', encryptionRule)))
export const getBucketAccelerate = ofBucket(() => xmlReply(document('AccelerateConfiguration', '')))
export const getBucketRequestPayment = ofBucket(() => xmlReply(document('RequestPaymentConfiguration', element('Payer', 'BucketOwner'))))
export const getBucketLogging = ofBucket(() => xmlReply(document('BucketLoggingStatus', '')))
export const getBucketNotification = ofBucket(() => xmlReply(document('NotificationConfiguration', '')))
export const getBucketAcl = ofBucket(ownerMayAll)
export const getObjectAcl = ofObject(ownerMayAll)
export const getObjectTagging = ofObject(() => xmlReply(document('Tagging', wrap('TagSet', ''))))

/** Deleting what cannot exist has succeeded. */
export const deleteAbsentDocument = ofBucket(() => emptyReply(204))

export function absentFromBucket(kind: AbsentDocument): Operation {
  return ofBucket(() => {
    throw refusal(`absent-${kind}`)
  })
}

export function absentFromObject(kind: AbsentDocument): Operation {
  return ofObject(() => {
    throw refusal(`absent-${kind}`)
  })
}

function ofBucket(answer: (call: S3Call) => Reply): Operation {
  return async (call, objects) => {
    await requireBucket(call, objects)
    return answer(call)
  }
}

function ofObject(answer: (call: S3Call) => Reply): Operation {
  return async (call, objects) => {
    await objects.headObject({ ...addressOf(call, findParameter(call.query, 'versionId')), condition: {} })
    return answer(call)
  }
}

function ownerMayAll(call: S3Call): Reply {
  const id = element('ID', call.settings.ownerId) + element('DisplayName', 'owner')
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${id}</Grantee>`
  const grant = wrap('Grant', grantee + element('Permission', 'FULL_CONTROL'))
  return xmlReply(document('AccessControlPolicy', ownerElement('Owner', call.settings.ownerId) + wrap('AccessControlList', grant)))
}
