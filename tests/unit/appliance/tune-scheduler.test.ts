// By the kernel's own account: field 41 of /proc/<thread>/stat is the policy, 3 is SCHED_BATCH (proc_pid_stat(5)).
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { tuneScheduler } from '../../../src-main/appliance/tune-scheduler.ts'

/** The name stands in parentheses and may hold anything. */
const readPolicy = `readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1].split(' ')[38]`

function policyHere(): string | undefined {
  return readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ')[38]
}

function policyOfNewThread(): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(`const { readFileSync } = require('node:fs'); require('node:worker_threads').parentPort.postMessage(${readPolicy})`, { eval: true })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

describe('the scheduler', () => {
  it('is told for this thread and for those that it starts; on another system it is left alone', async () => {
    if (process.platform !== 'linux') {
      expect(tuneScheduler()).toBe(false)
      return
    }
    expect(policyHere()).toBe('0')
    expect(tuneScheduler()).toBe(true)
    expect(policyHere()).toBe('3')
    expect(await policyOfNewThread()).toBe('3')
  })
})
