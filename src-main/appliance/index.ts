// Door of the appliance.
export { launch, type Appliance, type Launched } from './launch.ts'
export { runUntilStopped } from './run-until-stopped.ts'
