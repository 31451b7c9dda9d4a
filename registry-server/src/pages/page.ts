import { escapeHtml } from '@agent-factory/sdk';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}' +
  'label{display:block;margin:1rem 0 .25rem;font-weight:600}input{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}' +
  'button{font:inherit;margin-top:1.5rem;padding:.6rem 1.2rem}.problem{color:#b3261e;font-weight:600}' +
  '@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#1b1b1f}.problem{color:#f2b8b5}}';

/** A page without any script. `content` is HTML. */
export function page(title: string, content: string): string {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<meta http-equiv="content-security-policy" content="${policy}"><meta name="referrer" content="no-referrer">` +
    `<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>`
  );
}
