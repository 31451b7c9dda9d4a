import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const documents = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => /(^|\/)(node_modules|dist|coverage|fixtures|\.tools|\.git)(\/|$)/.test(String(name)),
}).sort();

/** Markdown without code, where a bracket is no link. */
function prose(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/^ *```[^]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```[^]*?^```/gm, '');
  const seen = new Map<string, number>();
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

describe('the links of the documents', () => {
  it('are looked at', () => {
    assert.ok(documents.includes('README.md') && documents.length > 10);
  });

  for (const document of documents) {
    const targets = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const near = targets.filter((target) => !/^[a-z]+:/.test(target));
    if (near.length === 0) continue;

    it(`${document} leads somewhere`, () => {
      for (const target of near) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? join(root, document) : join(root, dirname(document), path);
        assert.ok(existsSync(file), target);
        if (anchor && statSync(file).isFile()) assert.ok(anchors(file).includes(anchor), target);
      }
    });
  }
});
