// The channels that the settings name. A new kind of chat is a file beside this one and an entry here.

import type { Settings } from '../../../../settings.ts'
import type { Channel } from '../channel.ts'
import { createMail } from './mail.ts'
import { createMatrix } from './matrix.ts'
import { createNtfy } from './ntfy.ts'
import { createSlack } from './slack.ts'

const CHATS: Readonly<Record<string, (address: URL) => Channel>> = {
  slack: createSlack,
  matrix: createMatrix,
  ntfy: createNtfy,
}

type ChannelSettings = Pick<Settings, 'SMTP_URL' | 'MAIL_FROM' | 'MAIL_TO' | 'NOTIFY_URLS'>

/** Mail first. The settings are checked already, so that each address is of a known kind. */
export function createChannels({ SMTP_URL, MAIL_FROM, MAIL_TO, NOTIFY_URLS }: ChannelSettings): Channel[] {
  const split = (text: string) => text.split(/[\s,]+/).filter(Boolean)
  const mail = SMTP_URL === undefined ? [] : [createMail(SMTP_URL, MAIL_FROM, split(MAIL_TO))]
  const chats = (NOTIFY_URLS ?? '')
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((text) => {
      const create = CHATS[text.split('+', 1)[0] ?? '']
      return create === undefined ? [] : [create(new URL(text))]
    })
  return [...mail, ...chats]
}
