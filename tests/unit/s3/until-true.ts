// Waiting for a condition in tests of the server, with a limit.
export async function untilTrue(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 300; turn++) {
    if (holds()) return
    await new Promise((resume) => setTimeout(resume, 10))
  }
  throw new Error('the condition did not come to hold within three seconds')
}
