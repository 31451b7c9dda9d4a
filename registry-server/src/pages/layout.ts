import { html, trustedHtml, type Html, type HtmlValue } from '@agent-factory/sdk';
import { stylePath } from './style.ts';

/** What a page is, beside its content. */
export interface PageFrame {
  /** Address of the registry, without a slash at the end. */
  readonly url: string;
  /** The page's own path, the same however it was reached. */
  readonly path: string;
  readonly title: string;
  /** One or two sentences, for search engines and previews. */
  readonly description: string;
  /** What is in the search field. */
  readonly text?: string;
  /** Left out of search engines: results, comparisons. */
  readonly hidden?: boolean;
  /** Structured data (schema.org), as JSON-LD. */
  readonly data?: object;
}

/** A whole page. It needs no script, and its policy admits none. */
export function layout(frame: PageFrame, content: HtmlValue): string {
  const { url, path, title, description, text = '', hidden, data } = frame;
  return html`${trustedHtml('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <meta name="description" content="${description}" />
        ${hidden && html`<meta name="robots" content="noindex" />`}
        <link rel="canonical" href="${url}${path}" />
        <meta property="og:type" content="website" />
        <meta property="og:title" content="${title}" />
        <meta property="og:description" content="${description}" />
        <meta property="og:url" content="${url}${path}" />
        <meta property="og:site_name" content="Agent Factory plugins" />
        <link rel="icon" href="/-/af/pages/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${stylePath}" />
        ${data && structured(data)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="site">
          <div class="bar">
            <a class="word" href="/">Agent Factory <span>plugins</span></a>
            <form class="search" action="/" role="search">
              <input
                type="search"
                name="text"
                value="${text}"
                aria-label="Search plugins"
                placeholder="Search plugins"
                maxlength="500"
              /><button type="submit">Search</button>
            </form>
          </div>
        </header>
        <main id="content">${content}</main>
        <footer>
          <div class="bar">
            <span>What a plugin may reach is shown before it is installed.</span
            ><a href="/-/af/v1/openapi.json">API</a><a href="/-/af/v1/blocklist">Blocked versions</a>
          </div>
        </footer>
      </body>
    </html> `.text;
}

/** JSON in a script element ends where the parser sees `</script`, so no `<` is left in it. */
function structured(data: object): Html {
  const json = JSON.stringify({ '@context': 'https://schema.org', ...data }).replaceAll('<', '\\u003c');
  return trustedHtml(`<script type="application/ld+json">${json}</script>`);
}
