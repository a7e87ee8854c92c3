// What a set of drives still survives, in words. Reads and writes are told apart whenever they differ.
import { formatCount } from './numbers.ts'

/** Negative: so many drives are missing already. */
export function describeTolerance(readLossesLeft: number, writeLossesLeft: number): string {
  if (readLossesLeft < 0) return `Reads and writes have stopped. ${describeMissing(-readLossesLeft)} for reading.`
  if (writeLossesLeft < 0) return `${describeSurvived('Reads', readLossesLeft)}. Writes have stopped: ${describeMissing(-writeLossesLeft).toLowerCase()}.`
  if (readLossesLeft === writeLossesLeft) return `${describeSurvived('Reads and writes', readLossesLeft)}.`
  return `${describeSurvived('Reads', readLossesLeft)}, ${describeSurvived('writes', writeLossesLeft)}.`
}

function describeSurvived(what: string, lossesLeft: number): string {
  if (lossesLeft === 0) return `${what} survive no further loss`
  return `${what} survive ${formatCount(lossesLeft)} more ${lossesLeft === 1 ? 'loss' : 'losses'}`
}

function describeMissing(drives: number): string {
  return drives === 1 ? 'One drive more is needed' : `${formatCount(drives)} drives more are needed`
}
