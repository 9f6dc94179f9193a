// Messages to a channel of Slack, or of what takes Slack's webhooks, such as Mattermost.
// Source: https://api.slack.com/messaging/webhooks

import type { Channel } from '../channel.ts'
import { post } from './post.ts'

/** `slack+https://hooks.slack.com/services/…` */
export function createSlack(address: URL): Channel {
  const url = address.href.replace(/^slack\+/, '')
  return {
    name: `slack at ${address.host}`,
    send: ({ subject, text }, signal) => {
      const body = JSON.stringify({ text: escapeText(`*${subject}*\n${text}`) })
      return post(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }, signal)
    },
  }
}

/** The three characters that have a meaning in Slack's texts: without this an upstream's words could name everybody there. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
