// Everything chosen in the wizard, and the calls that make it real. What is no secret is kept by the server at every change; cards,
// password and credentials live here only and go with the page.
import { call, toCallError, type ConsoleCallError } from '../../../console-client.ts'
import type { InputOf, OutputOf } from '../../../../src-main/contract/procedures.ts'
import type { ShareCardText } from '../../../../src-main/contract/setup.ts'
import type { LifecycleName } from '../../../../src-main/contract/appliance-state.ts'
import { applianceState } from '../../../state/appliance-state.svelte.ts'
import { operator } from '../../../state/operator.svelte.ts'
import { isBeforeCreate, resumeStep, type StepId } from './steps.ts'

type Draft = InputOf<'setup.draft.save'>['draft']
export type Layout = OutputOf<'setup.layout'>
export type LayoutOption = Layout['options'][number]

const saveAfterMs = 400
/** Behind the network name of a machine, the store gets this one. */
const fallbackName = 'coffer'

export class SetupModel {
  step = $state<StepId>('name')
  name = $state('')
  drives = $state<string[]>([])
  /** Undefined: the engine's recommendation. */
  parity = $state<number>()
  shares = $state(3)
  threshold = $state(2)
  labels = $state<string[]>([])
  firstBucket = $state('')

  /** What the chosen drives give; kept while the next answer is awaited. */
  layout = $state.raw<Layout>()
  /** Cards that were not passed yet; a passed one is undefined. */
  cards = $state.raw<readonly (ShareCardText | undefined)[]>([])
  cardIndex = $state(0)
  password = $state('')
  rootUser = $state('')
  rootSecret = $state('')
  encryptByDefault = $state(true)
  skipBucket = $state(false)
  result = $state.raw<OutputOf<'setup.finish'>>()
  isFinishing = $state(false)
  /** What was wrong with finishing; some of it is put right in an earlier step. */
  finishFault = $state.raw<ConsoleCallError>()

  /** The draft could not be kept the last time. */
  draftFault = $state.raw<ConsoleCallError>()
  #cardsWerePassed = $state(false)
  /** Once per page: what was done here since is newer than what was kept. */
  #isResumed = false
  #saving: ReturnType<typeof setTimeout> | undefined

  get option(): LayoutOption | undefined {
    return this.layout?.options.find((option) => option.parity === this.chosenParity)
  }

  /** Undefined while neither chosen nor recommended; then the engine decides. */
  get chosenParity(): number | undefined {
    const parity = this.parity ?? this.layout?.parityDefault
    return parity === undefined ? undefined : Math.min(parity, this.layout?.parityMax ?? parity)
  }

  /** Reads what was kept. Rejects with a ConsoleCallError: set-up-code-needed, wrong-set-up-code, slow-down. */
  async resume(lifecycle: LifecycleName): Promise<void> {
    const { draft } = await call('setup.draft.get', {})
    if (this.#isResumed) {
      this.changed()
      return
    }
    this.#isResumed = true
    this.name = draft?.name ?? this.name
    this.drives = draft?.drives ?? this.drives
    this.parity = draft?.parity
    this.shares = draft?.shares ?? this.shares
    this.threshold = draft?.threshold ?? this.threshold
    this.labels = [...(draft?.labels ?? this.labels)]
    this.firstBucket = draft?.firstBucket ?? this.firstBucket
    this.step = resumeStep({ lifecycle, kept: draft?.step, hasCards: this.cards.length > 0 })
    if (this.name === '' && lifecycle === 'fresh') await this.#proposeName()
    // For the summary at the foot; the steps that need it ask again and say what is wrong.
    if (lifecycle === 'fresh') this.readLayout().catch(() => undefined)
  }

  goTo(step: StepId): void {
    this.step = step
    clearTimeout(this.#saving)
    void this.#save()
  }

  /** Keeps the choices, soon. */
  changed(): void {
    clearTimeout(this.#saving)
    this.#saving = setTimeout(() => void this.#save(), saveAfterMs)
  }

  /** Room and tolerance of the chosen drives. Rejects with a ConsoleCallError. */
  async readLayout(): Promise<void> {
    const asked = this.drives.join('\n')
    if (asked === '') {
      this.layout = undefined
      return
    }
    const layout = await call('setup.layout', { drives: [...this.drives] })
    if (asked === this.drives.join('\n')) this.layout = layout
  }

  /** Prepares the drives and makes the keys. Rejects with a ConsoleCallError. */
  async create(): Promise<void> {
    // After a reload nobody asked for it yet, and without it there is no recommendation.
    if (this.layout === undefined) await this.readLayout()
    const labels = Array.from({ length: this.shares }, (_, index) => this.labels[index]?.trim() ?? '')
    const { cards } = await call('setup.create', {
      name: this.name,
      drives: [...this.drives],
      ...(this.chosenParity === undefined ? {} : { parity: this.chosenParity }),
      shares: this.shares,
      threshold: this.threshold,
      ...(labels.some((label) => label !== '') ? { labels } : {}),
    })
    this.cards = cards
    this.cardIndex = 0
    this.goTo('cards')
  }

  /** The store was made, but its cards were on another page or before a reload. */
  get cardsWereLost(): boolean {
    return !this.#cardsWerePassed
  }

  get card(): ShareCardText | undefined {
    return this.cards[this.cardIndex]
  }

  /** Forgets the card that is shown. True: there is another one. */
  passCard(): boolean {
    this.cards = this.cards.map((card, index) => (index === this.cardIndex ? undefined : card))
    if (this.cardIndex + 1 < this.cards.length) {
      this.cardIndex++
      return true
    }
    this.cards = []
    this.#cardsWerePassed = true
    return false
  }

  async startOver(): Promise<void> {
    await call('setup.startOver', {})
    this.cards = []
    this.cardIndex = 0
    this.#cardsWerePassed = false
    await applianceState.refresh()
    this.goTo('drives')
  }

  /** The administrator, the first bucket; signs in. Rejects with a ConsoleCallError. */
  async finish(): Promise<void> {
    clearTimeout(this.#saving)
    this.isFinishing = true
    try {
      this.result = await call('setup.finish', {
        operatorPassword: this.password,
        encryptByDefault: this.encryptByDefault,
        ...(this.rootUser === '' ? {} : { rootUser: this.rootUser }),
        ...(this.rootSecret === '' ? {} : { rootSecret: this.rootSecret }),
        ...(this.skipBucket || this.firstBucket === '' ? {} : { firstBucket: this.firstBucket }),
      })
      this.step = 'done'
    } finally {
      this.isFinishing = false
    }
    if (operator.canSignOut) await operator.signIn(this.password).catch(() => undefined)
    else await applianceState.refresh()
    this.password = ''
    this.rootSecret = ''
  }

  async #save(): Promise<void> {
    if (this.step === 'done') return
    try {
      await call('setup.draft.save', { draft: this.#toDraft() })
      this.draftFault = undefined
    } catch (error) {
      this.draftFault = toCallError(error)
    }
  }

  /** Without secrets; and only what the contract takes: half-typed values wait. */
  #toDraft(): Draft {
    return {
      step: this.step,
      name: this.name.slice(0, 100),
      drives: [...this.drives],
      shares: this.shares,
      threshold: this.threshold,
      labels: this.labels.map((label) => label.slice(0, 100)),
      ...(this.parity === undefined ? {} : { parity: this.parity }),
      ...(this.firstBucket === '' ? {} : { firstBucket: this.firstBucket }),
    }
  }

  async #proposeName(): Promise<void> {
    try {
      const { storeHostNames } = await call('setup.network', {})
      const first = storeHostNames.map((host) => host.split('.')[0] ?? '').find((host) => /^[A-Za-z0-9-]{1,40}$/.test(host) && host !== 'localhost')
      this.name = first ?? fallbackName
    } catch {
      this.name = fallbackName
    }
  }

  /** The choices before Create can be changed still. */
  get isOpenToChange(): boolean {
    return isBeforeCreate(this.step)
  }
}
