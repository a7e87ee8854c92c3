// Light or dark: as the system, or chosen by hand. The choice is no secret and stays in this browser.
export const appearances = ['system', 'light', 'dark'] as const
export type AppearanceName = (typeof appearances)[number]

const storageKey = 'coffer.appearance'

class Appearance {
  #chosen = $state<AppearanceName>(read())

  constructor() {
    this.#apply()
  }

  get chosen(): AppearanceName {
    return this.#chosen
  }

  choose(name: AppearanceName): void {
    this.#chosen = name
    try {
      localStorage.setItem(storageKey, name)
    } catch {
      // A browser that keeps nothing: the choice holds until the page is closed.
    }
    this.#apply()
  }

  #apply(): void {
    if (this.#chosen === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = this.#chosen
  }
}

function read(): AppearanceName {
  try {
    const kept = localStorage.getItem(storageKey)
    return appearances.find((name) => name === kept) ?? 'system'
  } catch {
    return 'system'
  }
}

export const appearance = new Appearance()
