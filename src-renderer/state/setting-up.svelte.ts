// Whether the wizard is on this page and not finished: it stays in place while the store starts and until its last page was read.
class SettingUp {
  active = $state(false)
}

export const settingUp = new SettingUp()
