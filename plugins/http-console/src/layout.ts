import { createHash } from 'node:crypto';
import { html, trustedHtml, type Html } from '@agent-factory/sdk';
import { pageScript } from './page-script.ts';

const style = `
:root{color-scheme:light dark;--line:#8886;--aside:light-dark(#555,#bbb);--link:light-dark(#0b57d0,#8ab4f8)}
body{font:1rem/1.5 system-ui;margin:0 auto;padding:0 1rem 3rem;max-width:62rem;background:light-dark(#fff,#161616);color:light-dark(#1a1a1a,#eee)}
a{color:var(--link)}header{padding:.75rem 0;border-bottom:1px solid var(--line)}main:focus{outline:none}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}.aside{color:var(--aside)}.text{white-space:pre-wrap}
main,dd,td,th,li,p,h1,h2{overflow-wrap:anywhere}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}
dl>div{display:grid;grid-template-columns:minmax(8rem,1fr) 3fr;gap:.5rem}dt{font-weight:600}dd{margin:0}
.field{margin:.75rem 0;max-width:32rem}label{display:block;font-weight:600}.tick label{display:inline;margin-left:.5rem}
input:not([type=checkbox]),textarea,select{font:inherit;width:100%;box-sizing:border-box;padding:.35rem}.field p{margin:.2rem 0}
button{font:inherit;padding:.35rem 1rem}iframe{width:100%;height:70vh;border:1px solid var(--line);background:#fff}
`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but what is in the page may run in it, and nobody may show it in theirs. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    `default-src 'none'; script-src ${hash(pageScript)}; style-src ${hash(style)}; connect-src 'self'; ` +
    "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-dns-prefetch-control': 'off',
};

/**
 * The document of a frame has an origin that is nobody's, and no request leaves it. Peer connections are the exception:
 * no browser knows a policy for them.
 */
export const frameHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "sandbox allow-scripts allow-forms; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
  'referrer-policy': 'no-referrer',
  'x-dns-prefetch-control': 'off',
};

// Whole, for the hash is of every character between the tags.
const styled = trustedHtml(`<style>${style}</style>`);
const scripted = trustedHtml(`<script>${pageScript}</script>`);

/** What stands around the content of a page. */
export interface PageParts {
  /** Of the platform. */
  readonly name: string;
  readonly title: string;
  /** Whether it has forms or a frame. */
  readonly needsScript: boolean;
}

/** A whole page. */
export function layout({ name, title, needsScript }: PageParts, content: Html): string {
  return html`${trustedHtml('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – ${name}</title>
        ${styled}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <nav aria-label="Console"><a href="/console">${name}: console</a></nav>
        </header>
        <main id="content" tabindex="-1">
          <h1>${title}</h1>
          ${needsScript && html`<noscript><p>Forms and frames of this page need scripts.</p></noscript>`}
          ${content}
        </main>
        ${needsScript && scripted}
      </body>
    </html> `.text;
}
