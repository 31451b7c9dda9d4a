import { html, type Html } from '@agent-factory/sdk';
import type { ConsoleBlock, ConsoleField, ConsoleForm, ConsoleLink } from '@agent-factory/sdk/contracts';

/** Blocks as HTML. All that is in them is escaped. */
export function renderBlocks(blocks: readonly ConsoleBlock[]): Html {
  return html`${blocks.map(renderBlock)}`;
}

function renderBlock(block: ConsoleBlock, at: number): Html {
  switch (block.kind) {
    case 'heading':
      return html`<h2>${block.text}</h2>`;
    case 'text':
      return html`<p class="text">${block.text}</p>`;
    case 'facts':
      return html`<dl>
        ${block.facts.map(
          ({ name, value }) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${String(value)}</dd>
            </div>`,
        )}
      </dl>`;
    case 'table':
      return html`<div class="wide" role="region" tabindex="0" aria-label="${block.caption}">
        <table>
          <caption>
            ${block.caption}
          </caption>
          <thead>
            <tr>
              ${block.columns.map((name) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${block.rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td>${String(cell)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
    case 'list':
      return html`<ul>
        ${block.items.map((item) => html`<li>${item}</li>`)}
      </ul>`;
    case 'link':
      return renderLink(block);
    case 'form':
      return renderForm(block, at);
  }
}

/** One that leads away says where: its text is the plugin's word alone. */
function renderLink({ text, href }: ConsoleLink): Html {
  if (href.startsWith('/')) return html`<p><a href="${href}">${text}</a></p>`;
  return html`<p>
    <a href="${href}" rel="noopener noreferrer nofollow">${text}</a>
    <span class="aside">(${hostOf(href)})</span>
  </p>`;
}

function hostOf(href: string): string {
  return URL.canParse(href) ? new URL(href).host : 'elsewhere';
}

/**
 * The script of the page sends it, with the token that changes need. Its fields have no names: a form's own members are
 * hidden by fields that are named like them.
 */
function renderForm({ id, title, fields, button }: ConsoleForm, at: number): Html {
  return html`<form data-form="${id}" aria-labelledby="form-${at}">
    <h2 id="form-${at}">${title}</h2>
    ${fields.map((field, index) => renderField(field, `field-${at}-${index}`))}
    <button>${button}</button>
    <p role="alert"></p>
  </form>`;
}

function renderField(field: ConsoleField, id: string): Html {
  const { label, type, help, required = false } = field;
  const mark = required && type !== 'yes-no' ? html` <span class="aside">(required)</span>` : '';
  const told = help === undefined ? '' : html`<p class="aside" id="${id}-help">${help}</p>`;
  const named = html`<label for="${id}">${label}${mark}</label>`;
  const input = renderInput(field, id);
  return type === 'yes-no'
    ? html`<div class="field tick">${input}${named}${told}</div>`
    : html`<div class="field">${named}${input}${told}</div>`;
}

function renderInput(
  { name, type, value, help, required = false, choices = [] }: ConsoleField,
  id: string,
): Html {
  const described = help === undefined ? '' : html` aria-describedby="${id}-help"`;
  const must = required && type !== 'yes-no' && html` required`;
  const common = html`id="${id}" data-name="${name}" data-type="${type}"${described}${must}`;
  const shown = value === undefined ? '' : String(value);
  switch (type) {
    case 'text':
      return html`<input ${common} maxlength="4000" value="${shown}" />`;
    case 'number':
      return html`<input ${common} type="number" step="any" value="${shown}" />`;
    case 'long-text':
      return html`<textarea ${common} maxlength="4000" rows="5">${newlineFirst(shown)}</textarea>`;
    case 'choice':
      return html`<select ${common}>
        ${choices.map((one) => html`<option${one === shown && html` selected`}>${one}</option>`)}
      </select>`;
    case 'yes-no':
      return html`<input ${common} type="checkbox" ${value === true && html`checked`} />`;
  }
}

/** A line break right behind the tag is not taken for one of the text. */
function newlineFirst(text: string): string {
  return text.startsWith('\n') ? `\n${text}` : text;
}
