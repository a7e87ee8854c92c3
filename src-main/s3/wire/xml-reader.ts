// XML documents of requests, as a small tree: any prefix or namespace, no DTD, limits on depth and number of elements. Text is never trimmed.
import { SaxesParser } from 'saxes'
import { decodeUtf8 } from '../../base/bytes.ts'
import { refusal } from '../errors.ts'

export interface XmlElement {
  /** Without prefix. */
  readonly name: string
  readonly children: readonly XmlElement[]
  /** Its own text, without that of its children. */
  readonly text: string
}

interface GrowingElement {
  name: string
  children: GrowingElement[]
  text: string
}

const depthMax = 16
const elementsMax = 120_000

/** The root, which must have that name. Faults: malformed-xml. */
export function parseXml(bytes: Uint8Array, rootName: string): XmlElement {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw refusal('malformed-xml')
  const root = parseTree(text.startsWith('\ufeff') ? text.slice(1) : text)
  if (root?.name !== rootName) throw refusal('malformed-xml')
  return root
}

function parseTree(text: string): XmlElement | undefined {
  const parser = new SaxesParser()
  const open: GrowingElement[] = []
  let root: GrowingElement | undefined
  let count = 0
  const refuse = (): never => {
    throw refusal('malformed-xml')
  }
  const addText = (piece: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += piece
  }
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('opentag', (tag) => {
    if (open.length >= depthMax || ++count > elementsMax) refuse()
    const element = { name: tag.name.slice(tag.name.indexOf(':') + 1), children: [], text: '' }
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(text).close()
  return root
}

/** The first child of that name. */
export function findChild(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name)
}

/** Text of the first child of that name; undefined when absent. */
export function childText(element: XmlElement, name: string): string | undefined {
  return findChild(element, name)?.text
}
