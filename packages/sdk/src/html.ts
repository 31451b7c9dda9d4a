/** HTML that may be sent as it is. Only {@link html} makes it, and {@link trustedHtml} where something else has cleaned it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped, lists are joined, nothing is left out. */
export type HtmlValue = string | number | Html | false | null | undefined | readonly HtmlValue[];

/** Text that may stand in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/**
 * HTML from a template. Whatever is put in is escaped, so that a page is safe unless somebody says otherwise.
 *
 * @example
 * ```ts
 * const names = ['Ann', '<Bob>'];
 * html`<p title="${names.length} people">${names.map((name) => html`<b>${name}</b>`)}</p>`;
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? '';
  for (const [at, value] of values.entries()) text += shown(value) + (strings[at + 1] ?? '');
  return new Html(text);
}

/** Marks text as HTML that is safe already. */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

function shown(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(shown).join('');
  return escapeHtml(String(value));
}
