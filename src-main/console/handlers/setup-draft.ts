// Area setup, draft: kept until set-up is finished. What is kept in another shape counts as none.
import { setupDraft } from '../../contract/setup-draft.ts'
import type { ConsoleServices, Handlers } from '../call-context.ts'

export function setupDraftHandlers({ draft: kept }: ConsoleServices): Handlers<'setup.draft.get' | 'setup.draft.save'> {
  return {
    'setup.draft.get': () => {
      const draft = setupDraft.safeParse(kept?.read())
      return draft.success ? { draft: draft.data } : {}
    },
    'setup.draft.save': ({ draft }) => {
      kept?.save(draft)
      return {}
    },
  }
}
