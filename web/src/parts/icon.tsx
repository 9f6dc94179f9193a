// One icon of the sprite, beside a word that says the same.

import sprite from '../icons.svg?raw'

/** Puts the icons into the page, from where `<use>` finds them; nothing is fetched for them. */
export function addIcons(body: HTMLElement): void {
  body.insertAdjacentHTML(
    'afterbegin',
    sprite.replace('<svg ', '<svg width="0" height="0" class="sprite" aria-hidden="true" '),
  )
}

export function Icon({ name, spin = false }: { name: string; spin?: boolean }) {
  return (
    <svg class={spin ? 'i spin' : 'i'} aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  )
}
