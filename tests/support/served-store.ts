// A store that is set up to its end, with an operator who can sign in: what the tests of the screens start from.
import { operatorPassword } from './console-page.ts'
import { startTestAppliance, type TestAppliance, type TestApplianceOptions } from './test-appliance.ts'

/** Set up over the local socket, so that no wizard has to be walked through. */
export async function startServedStore(options: TestApplianceOptions): Promise<TestAppliance> {
  const store = await startTestAppliance(options)
  const finished = await store.call('setup.finish', { operatorPassword, firstBucket: 'photos' })
  if (finished.status === 200) return store
  await store.stop()
  throw new Error(`set-up did not finish: ${JSON.stringify(finished.value)}`)
}
