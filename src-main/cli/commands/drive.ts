// coffer drive list: each drive, what it does and what the set still survives.
import { exitCodes } from '../cli-error.ts'
import { noPositionals, printJson, type Command } from '../command.ts'
import { count, formatBytes, formatTable, toPlainText } from '../text.ts'

export const driveListCommand: Command = {
  name: 'drive list',
  summary: 'Every drive with its state',
  usage: '',
  help: 'While the store is sealed only the presence of the drives is known.\n',
  flags: {},
  positionals: noPositionals,
  async run({ call, terminal, json }) {
    const list = await call('drives.list', {})
    if (json) {
      printJson(terminal, list)
      return exitCodes.ok
    }
    if (list.set === undefined) terminal.write(list.expected === 0 ? 'There is no store on any drive yet.\n' : `${list.found} of ${count(list.expected, 'drive')} here. More is known when the store is open.\n`)
    if (list.drives.length > 0) {
      const rows = list.drives.map((drive) => [
        String(drive.slot + 1), drive.state, drive.path ?? '(nowhere)', formatBytes(drive.freeBytes), formatBytes(drive.totalBytes), String(drive.readErrors + drive.writeErrors), drive.reason,
      ]) // prettier-ignore
      terminal.write(formatTable(['Slot', 'State', 'Path', 'Free', 'Size', 'Errors', 'Reason'], rows, ['Slot', 'Free', 'Size', 'Errors']))
    }
    if (list.set !== undefined) {
      const { dataShards, parityShards, readLossesLeft, writeLossesLeft, heal } = list.set
      terminal.write(`\n${dataShards} data + ${parityShards} parity. Losses still survived: reads ${Math.max(0, readLossesLeft)}, writes ${Math.max(0, writeLossesLeft)}.\n`)
      if (heal.running) terminal.write(`Healing: ${heal.recordsDone} of ${heal.recordsTotal} records, ${formatBytes(heal.bytesDone)}.\n`)
    }
    for (const { path, reason } of list.refused) terminal.write(`Not used: ${toPlainText(path)}: ${toPlainText(reason)}\n`)
    return exitCodes.ok
  },
}
