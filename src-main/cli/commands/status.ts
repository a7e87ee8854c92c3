// coffer status: open? safe? room? clients? in one look.
import { toSeenState, type SeenState } from '../../contract/appliance-state.ts'
import { stateTexts } from '../../contract/state-texts.ts'
import type { StateReport } from '../../contract/state.ts'
import { noPositionals, printJson, type Command } from '../command.ts'
import { exitCodes } from '../cli-error.ts'
import { count, formatBytes, formatFacts, toPlainText } from '../text.ts'

export const statusCommand: Command = {
  name: 'status',
  summary: 'One look: is it open, are the drives safe, is there room, do clients get through',
  usage: '',
  help: 'Exit code 0: open; 2: sealed or not set up yet; 1: not running, or not able to serve.\n',
  flags: {},
  positionals: noPositionals,
  async run({ call, terminal, json }) {
    const report = await call('state.get', {})
    if (json) printJson(terminal, report)
    else terminal.write(formatStatus(report))
    return exitCodeOf(report)
  },
}

export function exitCodeOf({ seen }: StateReport): number {
  switch (seen) {
    case 'fresh':
    case 'unverified':
    case 'sealed':
    case 'unsealing':
      return exitCodes.sealed
    case 'failed':
    case 'stopped':
    case 'offline':
      return exitCodes.failed
    case 'starting':
    case 'ready':
    case 'degraded':
    case 'at-risk':
    case 'read-only':
      return exitCodes.ok
  }
}

export function formatStatus(report: StateReport): string {
  const { details } = report
  const lacksDrives = details !== undefined && details.drivesExpected > 0 && details.set === undefined && report.lifecycle !== 'serving' && hasTooFew(details)
  const seen = toSeenState(report.lifecycle, details?.set?.health ?? (lacksDrives ? 'offline' : undefined))
  const text = stateTexts[seen.textId]
  const name = report.storeName === undefined ? 'Coffer' : toPlainText(report.storeName)
  const lines = [`${name}: ${text.title}. ${text.meaning}\n`]
  if (report.start !== undefined) lines.push(`  Reading ${report.start.stage}, ${Math.floor(report.start.fraction * 100)} %.\n`)
  if (report.failure !== undefined) lines.push(`  It failed at ${report.failure.stage}: ${toPlainText(report.failure.reason)}\n`)
  if (text.hint !== '') lines.push(`  ${text.hint}\n`)
  if (details !== undefined) lines.push('\n', formatFacts(answers(report, seen)))
  return lines.join('')
}

/** More than half are away: no parity survives that. */
function hasTooFew({ drivesFound, drivesExpected }: NonNullable<StateReport['details']>): boolean {
  return drivesFound * 2 < drivesExpected
}

function answers(report: StateReport, seen: SeenState): [string, string][] {
  const { details } = report
  if (details === undefined) return []
  const facts: [string, string][] = [
    ['Open?', seen.isOpen ? 'yes' : `no (${seen.state})`],
    ['Safe?', describeSafety(details)],
    ['Room?', details.set === undefined ? 'not known while closed' : `${formatBytes(details.set.space.usableFreeBytes)} free of ${formatBytes(details.set.space.usableTotalBytes)} usable`],
    ['Clients?', describeClients(details)],
    ['S3', details.endpoints.s3],
    ['Console', details.endpoints.console],
  ]
  if (details.certificate !== undefined) {
    const { kind, daysLeft, authorityFingerprint, problems } = details.certificate
    facts.push(['Certificate', `${kind === 'own' ? 'own' : 'built-in authority'}, ${count(daysLeft, 'day')} left`])
    facts.push(['Authority', authorityFingerprint])
    for (const problem of problems) facts.push(['  note', problem])
  }
  if (details.shares !== undefined) {
    const { threshold, count: shares, provenAtMs, provenShares } = details.shares
    facts.push(['Shares', `any ${threshold} of ${shares} open it; ${provenAtMs === undefined ? 'never proven' : `${provenShares} proven on ${new Date(provenAtMs).toISOString().slice(0, 10)}`}`])
  }
  for (const { path, reason } of details.refusedDrives) facts.push(['Not used', `${path}: ${reason}`])
  return facts
}

function describeSafety({ set, drivesFound, drivesExpected }: NonNullable<StateReport['details']>): string {
  if (drivesExpected === 0) return 'no drives yet'
  const present = `${drivesFound} of ${count(drivesExpected, 'drive')} here`
  if (set === undefined) return present
  const parts = [present, `reads survive ${describeLosses(set.readLossesLeft)}, writes ${describeLosses(set.writeLossesLeft)}`]
  if (set.heal.running) parts.push(`healing: ${set.heal.recordsDone} of ${set.heal.recordsTotal} records`)
  if (set.damageFound > 0) parts.push(`damage found ${set.damageFound}, repaired ${set.damageRepaired}`)
  return parts.join('; ')
}

function describeLosses(left: number): string {
  return left < 0 ? 'not even this' : left === 0 ? 'no further loss' : count(left, 'more loss', 'more losses')
}

function describeClients({ clients }: NonNullable<StateReport['details']>): string {
  const minutes = Math.round(clients.windowSeconds / 60)
  if (clients.requests === 0) {
    return clients.secondsSinceLast === undefined ? 'no request yet' : `no request in the last ${minutes} minutes`
  }
  const trouble = [clients.failures > 0 ? `${clients.failures} failed` : '', clients.denied > 0 ? `${clients.denied} denied` : ''].filter((part) => part !== '')
  return `${count(clients.requests, 'request')} from ${count(clients.clients, 'client')} in ${minutes} minutes, ${trouble.length === 0 ? 'all served' : trouble.join(', ')}; in ${formatBytes(clients.bytesIn)}, out ${formatBytes(clients.bytesOut)}`
}
