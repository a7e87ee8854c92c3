// Questions with consequences: the safe answer is the default one.
import { dialog } from 'electron'
import { shellTexts } from './shell-texts.ts'

/** True: go on. */
export async function ask(question: { readonly title: string; readonly body: string }, goOn: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'question', title: question.title, message: question.title, detail: question.body,
    buttons: [shellTexts.cancel, goOn], defaultId: 0, cancelId: 0, noLink: true,
  }) // prettier-ignore
  return response === 1
}
