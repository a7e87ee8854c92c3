// Shows what `notices` decides: one notification per condition, closed when its condition ends.
import { Notification } from 'electron'
import type { StateReport } from '../contract/state.ts'
import { decideNotices, type Condition, type Known } from './notices.ts'

export interface Notifier {
  /** `isWatched`: the window is in front. */
  follow(report: StateReport, isWatched: boolean): void
  say(text: { readonly title: string; readonly body: string }): void
  close(): void
}

export function openNotifier(open: () => void): Notifier {
  const shown = new Map<Condition, Notification>()
  let known: Known = {}
  const show = (text: { readonly title: string; readonly body: string }): Notification | undefined => {
    if (!Notification.isSupported()) return undefined
    const notification = new Notification({ title: text.title, body: text.body })
    notification.on('click', open)
    notification.show()
    return notification
  }
  const end = (condition: Condition): void => {
    shown.get(condition)?.close()
    shown.delete(condition)
  }
  return {
    follow: (report, isWatched) => {
      const decision = decideNotices(report, known, isWatched)
      known = decision.known
      for (const condition of decision.close) end(condition)
      for (const { condition, title, body } of decision.show) {
        end(condition)
        const notification = show({ title, body })
        if (notification !== undefined) shown.set(condition, notification)
      }
    },
    say: (text) => { show(text) },
    close: () => { for (const condition of [...shown.keys()]) end(condition) },
  }
}
