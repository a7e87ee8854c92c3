import { get } from 'node:http'
import { describe, expect, it } from 'vitest'
import { listen } from '../../../src-main/appliance/listeners.ts'

describe('a listener', () => {
  it('names the port that is in use', async () => {
    const first = await listen({ host: '127.0.0.1', port: 0 }, { certificate: undefined }, () => undefined)
    const error = await listen({ host: '127.0.0.1', port: first.port }, { certificate: undefined }, () => undefined).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ fault: 'port-in-use' })
    expect((error as Error).message).toContain(String(first.port))
    await first.close(100)
  })

  it('refuses an address that is not of this machine', async () => {
    await expect(listen({ host: '192.0.2.1', port: 0 }, { certificate: undefined }, () => undefined)).rejects.toMatchObject({ fault: 'no-such-address' })
  })

  it('cuts connections that do not end within the grace', async () => {
    const listener = await listen({ host: '127.0.0.1', port: 0 }, { certificate: undefined }, (server) => { server.on('request', () => undefined) })
    const cut = new Promise((resolve) => get({ port: listener.port, host: '127.0.0.1' }).on('error', resolve))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await listener.close(50)
    expect(await cut).toBeInstanceOf(Error)
  })

  it('gives a request without a body its end, unless the handlers do without', async () => {
    for (const optimizeEmptyRequests of [undefined, false, true]) {
      const options = { certificate: undefined, ...(optimizeEmptyRequests !== undefined && { optimizeEmptyRequests }) }
      const endedBefore: boolean[] = []
      const listener = await listen({ host: '127.0.0.1', port: 0 }, options, (server) => {
        server.on('request', (request, response) => {
          endedBefore.push(request.readableEnded)
          if (request.readableEnded) response.end()
          else request.on('end', () => response.end()).resume()
        })
      })
      for (const headers of [{}, { 'content-length': '0' }]) {
        await new Promise((resolve, reject) => get({ port: listener.port, host: '127.0.0.1', headers }, (response) => response.on('end', resolve).resume()).on('error', reject))
      }
      expect(endedBefore).toEqual([optimizeEmptyRequests === true, false])
      await listener.close(100)
    }
  })
})
