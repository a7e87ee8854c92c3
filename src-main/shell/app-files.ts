// Answers app://local/: files of the built page from their folder, bytes of objects from the console, streamed both ways.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Appliance } from '../appliance/index.ts'
import { pageHeaders, passedHeaders, readAppRequest } from './app-protocol.ts'

export type FilesAppliance = Pick<Appliance, 'handleLocally'>

/** These have no body, and `Response` refuses one. */
const bodilessStatuses = [204, 205, 304]

export async function answerAppRequest(appliance: FilesAppliance, rendererFolder: string, request: Request): Promise<Response> {
  const asked = readAppRequest(request.method, request.url)
  switch (asked.kind) {
    case 'refused':
      return notHere()
    case 'file':
      try {
        return new Response(new Uint8Array(await readFile(join(rendererFolder, asked.path))), { headers: { ...pageHeaders, 'content-type': asked.contentType } })
      } catch {
        return notHere()
      }
    case 'bytes': {
      const headers = Object.fromEntries(passedHeaders.flatMap((name) => { const value = request.headers.get(name); return value === null ? [] : [[name, value]] }))
      const reply = await appliance.handleLocally({ method: asked.method, path: asked.path, headers, body: request.body ?? undefined })
      const head = { status: reply.status, headers: reply.headers }
      if (asked.method !== 'HEAD' && !bodilessStatuses.includes(reply.status)) return new Response(ReadableStream.from(reply.body), head)
      // Read to its end all the same: that is when the console lets go of what it holds for it.
      for await (const _ of reply.body) continue
      return new Response(null, head)
    }
  }
}

function notHere(): Response {
  return new Response('not here', { status: 404, headers: pageHeaders })
}
