// Area operator: signing in and out, a new password at the machine, new S3 credentials.
import type { ConsoleServices, Handlers } from '../call-context.ts'
import { sessionIdleMs, sessionLongestMs } from '../operator-sessions.ts'
import { openObjects } from './buckets.ts'
import { replaceRoot } from './setup.ts'

export function operatorHandlers(services: ConsoleServices): Handlers<'operator.signIn' | 'operator.signOut' | 'operator.setPassword' | 'operator.replaceRoot'> {
  const { signIn, sessions, store } = services
  return {
    'operator.signIn': async ({ password }, { caller, setSession }) => {
      await signIn.check(password, caller.address)
      sessions.end(caller.sessionToken)
      setSession(sessions.begin(caller.place))
      return { idleSeconds: sessionIdleMs / 1000, longestSeconds: sessionLongestMs / 1000 }
    },
    'operator.signOut': (_input, { caller, setSession }) => {
      sessions.end(caller.sessionToken)
      setSession(undefined)
      return {}
    },
    'operator.setPassword': async ({ password }) => {
      await signIn.setPassword(password)
      sessions.endAll()
      return {}
    },
    'operator.replaceRoot': async ({ accessKeyId, secretAccessKey }) => {
      openObjects(store)
      const root = await replaceRoot(services, accessKeyId, secretAccessKey)
      return { root: { accessKeyId: root.accessKeyId, secretAccessKey: root.secret } }
    },
  }
}
