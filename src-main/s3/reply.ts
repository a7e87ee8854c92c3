// What an operation answers, as a value: the pipeline sends it. Headers are flat pairs, as Node takes them without another copy.
import type { ByteSource } from '../base/byte-stream.ts'
import { xmlDeclaration } from './wire/xml-writer.ts'

export interface Reply {
  readonly status: number
  /** name, value, name, value … without Content-Length. */
  readonly headers: string[]
  /** Sent as it is. */
  readonly text?: string
  /** Declares its content; for HEAD only the length is sent. */
  readonly stream?: { readonly length: number; readonly source: ByteSource | undefined }
  /** XML without its declaration, so that it can follow one that was sent early. */
  readonly xml?: string
}

export function emptyReply(status: number, headers: string[] = []): Reply {
  return { status, headers }
}

export function xmlReply(xml: string, headers: string[] = [], status = 200): Reply {
  return { status, headers, xml }
}

/** The text of the body; undefined when there is none or it is a stream. */
export function replyText(reply: Reply): string | undefined {
  return reply.xml === undefined ? reply.text : xmlDeclaration + reply.xml
}

/** Flat pairs of all that has a value. */
export function headerPairs(values: Readonly<Record<string, string | undefined>>): string[] {
  const pairs: string[] = []
  for (const name in values) {
    const value = values[name]
    if (value !== undefined) pairs.push(name, value)
  }
  return pairs
}
