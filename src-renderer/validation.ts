// Must be the first import of the page: schemas made later don't compile themselves with eval, which the content policy forbids.
import { config } from 'zod'

config({ jitless: true })
