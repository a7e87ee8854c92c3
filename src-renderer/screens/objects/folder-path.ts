// Prefixes as folders: S3 knows only names, a slash in them makes the folders.

export interface PathStep {
  /** What stands between two slashes; may be empty. */
  readonly label: string
  /** The prefix that leads there. */
  readonly prefix: string
}

/** `a/b/` → a, b. What follows the last slash is no folder. */
export function toPathSteps(prefix: string): readonly PathStep[] {
  const steps: PathStep[] = []
  let from = 0
  for (let slash = prefix.indexOf('/'); slash >= 0; slash = prefix.indexOf('/', from)) {
    steps.push({ label: prefix.slice(from, slash), prefix: prefix.slice(0, slash + 1) })
    from = slash + 1
  }
  return steps
}

/** The folder part of a prefix, and what is searched for in it. */
export function splitPrefix(prefix: string): { readonly folder: string; readonly search: string } {
  const at = prefix.lastIndexOf('/') + 1
  return { folder: prefix.slice(0, at), search: prefix.slice(at) }
}

/** The name without the folders before it; a folder keeps no slash. */
export function toLabel(name: string, folder: string): string {
  const rest = name.startsWith(folder) ? name.slice(folder.length) : name
  return rest.endsWith('/') && rest.length > 1 ? rest.slice(0, -1) : rest
}

/** The prefix of the folder above; of the top itself. */
export function toParent(folder: string): string {
  return folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1)
}
