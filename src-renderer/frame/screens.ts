// The screens, each loaded when it is first shown.
import type { Component } from 'svelte'

export type ScreenName = 'dashboard' | 'drives' | 'buckets' | 'objects' | 'connect' | 'sign-in' | 'setup' | 'unseal'

const files: Readonly<Record<ScreenName, string>> = {
  dashboard: 'dashboard/DashboardScreen',
  drives: 'drives/DrivesScreen',
  buckets: 'buckets/BucketsScreen',
  objects: 'objects/ObjectsScreen',
  connect: 'connect/ConnectScreen',
  'sign-in': 'sign-in/SignInScreen',
  setup: 'setup/SetupScreen',
  unseal: 'unseal/UnsealScreen',
}

const loaders = import.meta.glob<{ readonly default: Component<Record<string, unknown>> }>('../screens/*/*Screen.svelte')

/** Rejects when the file can't be loaded, as after an update of the program. */
export async function loadScreen(name: ScreenName): Promise<Component<Record<string, unknown>>> {
  const load = loaders[`../screens/${files[name]}.svelte`]
  if (load === undefined) throw new Error(`there is no screen ${name}`)
  return (await load()).default
}

export interface ChosenScreen {
  readonly name: ScreenName
  readonly props: Readonly<Record<string, string>>
}

/** Undefined: nothing is under this address. */
export function chooseScreen(segments: readonly string[]): ChosenScreen | undefined {
  const [first, bucket, ...rest] = segments
  switch (first) {
    case undefined:
    case 'unseal':
    case 'setup':
      return { name: 'dashboard', props: {} }
    case 'drives':
    case 'connect':
      return segments.length === 1 ? { name: first, props: {} } : undefined
    case 'buckets':
      return bucket === undefined || bucket === '' ? { name: 'buckets', props: {} } : { name: 'objects', props: { bucket, prefix: rest.join('/') } }
    default:
      return undefined
  }
}
