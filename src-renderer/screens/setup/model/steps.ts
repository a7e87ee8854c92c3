// The steps of the wizard: their order, and which one to show after a reload. Pure.
import type { LifecycleName } from '../../../../src-main/contract/appliance-state.ts'

export const stepIds = ['name', 'drives', 'protection', 'network', 'shares', 'cards', 'prove', 'administrator', 'encryption', 'bucket', 'done'] as const
export type StepId = (typeof stepIds)[number]

/** Until here nothing is written, and every step can be gone back to. */
export const lastStepBeforeCreate: StepId = 'shares'

export function stepNumber(step: StepId): number {
  return stepIds.indexOf(step)
}

export function isBeforeCreate(step: StepId): boolean {
  return stepNumber(step) <= stepNumber(lastStepBeforeCreate)
}

export function stepAfter(step: StepId): StepId {
  return stepIds[Math.min(stepNumber(step) + 1, stepIds.length - 1)] ?? step
}

/** Undefined: there is no way back from here. */
export function stepBefore(step: StepId): StepId | undefined {
  if (step === 'encryption') return 'administrator'
  if (step === 'bucket') return 'encryption'
  return isBeforeCreate(step) && step !== 'name' ? stepIds[stepNumber(step) - 1] : undefined
}

interface ResumeFacts {
  readonly lifecycle: LifecycleName
  /** The step that was kept. */
  readonly kept: string | undefined
  /** The cards are on this page still. */
  readonly hasCards: boolean
}

/** The step a page begins with. Cards and the administrator's password are never kept: their steps come again. */
export function resumeStep({ lifecycle, kept, hasCards }: ResumeFacts): StepId {
  const known = stepIds.find((step) => step === kept)
  switch (lifecycle) {
    case 'fresh':
    case 'stopped':
      return known !== undefined && isBeforeCreate(known) ? known : 'name'
    case 'unverified':
    case 'sealed':
    case 'unsealing':
      return hasCards ? 'cards' : 'prove'
    case 'starting':
    case 'failed':
      return 'prove'
    case 'serving':
      return 'administrator'
  }
}
