import { errors } from './errors.ts';
import type { PackageFile } from './read-archive.ts';

/** Something in a file that should not be published. */
export interface ContentFinding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What it is, in words; never the secret itself. */
  readonly what: string;
}

/** Things that are surely secrets by their look; each pattern is linear. */
const secrets: readonly (readonly [what: string, pattern: RegExp])[] = [
  // With a key after it: code that reads keys has the first line in it too.
  [
    'a private key',
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----(?:\s*$|(?:\\r|\\n|\s){0,8}[A-Za-z0-9+/=]{16})/,
  ],
  ['a token of an Agent Factory registry', /\baf_[A-Za-z0-9]{36,64}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82})\b/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{20}\b/],
  ['an AWS key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}\b/],
  ['an Anthropic key', /\bsk-ant-[A-Za-z0-9_-]{32,200}/],
  ['an OpenAI key', /\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}/],
  ['a Slack token', /\bxox[abposr]-[A-Za-z0-9-]{20,200}/],
  ['a Stripe key', /\b[sr]k_live_[A-Za-z0-9]{24,100}\b/],
  ['a password for a registry', /^\s*\/\/[^\s:]{1,200}\/:_(?:authToken|password)\s*=\s*[^\s$]/],
];
/** Without one of these no pattern above finds anything: most texts are looked at once, and not line by line. */
const mayBeSecret =
  /-----BEGIN |af_|npm_|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|AIza|sk-|xox|k_live_|:_(?:authToken|password)/;
const envFile = /(^|\/)\.env(\.(?!example$|sample$|template$)[\w-]+)?$/;

/** Bidirectional and zero-width characters, variation selectors, tags and other fillers that hide text in code. */
const hidden =
  /[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\u3164\uFFA0\uFFF9-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/u;
/** Variation selectors and joiners belong to emoji; elsewhere, or many together, they hide text. */
const joiners =
  /[\uFE00-\uFE0F\u200D]{3}|[\uFE00-\uFE0D]|(?<![\p{Extended_Pictographic}0-9#*])[\uFE0E\uFE0F]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D/u;
const notAscii = /[^\0-\x7F]/;
const code = /\.([cm]?[jt]sx?|json|ya?ml|sql|sh|py|html?|css)$/i;

const textLimit = 4 * 2 ** 20;
const lineLimit = 20_000;
const most = 20;

/** What looks like secrets in the package's texts, and files that hold them by their name. */
export function findSecrets(files: readonly PackageFile[]): readonly ContentFinding[] {
  return scan(
    files,
    (text) => mayBeSecret.test(text),
    (path, line) => secrets.find(([, pattern]) => pattern.test(line))?.[0],
    (path) => (envFile.test(path) ? 'a file of settings that are meant to stay secret' : undefined),
  );
}

/** Characters in the package's own code that a reader cannot see. What it bundles has its own authors. */
export function findHiddenText(files: readonly PackageFile[]): readonly ContentFinding[] {
  const own = files.filter(({ path }) => code.test(path) && !path.startsWith('node_modules/'));
  return scan(
    own,
    (text) => notAscii.test(text),
    (_path, line, number) => {
      const text = number === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line;
      const found =
        hidden.exec(text)?.[0] ?? joiners.exec(text)?.[0] ?? (text.includes('\uFEFF') ? '\uFEFF' : undefined);
      return found && `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    },
  );
}

/** Refuses secrets and hidden text. @throws AF_PACKAGE_SECRET, AF_PACKAGE_HIDDEN_TEXT */
export function refuseUnfitContent(files: readonly PackageFile[]): void {
  const told = (findings: readonly ContentFinding[]): string =>
    findings.map(({ path, line, what }) => `${path}:${line} (${what})`).join(', ');
  const [found, unseen] = [findSecrets(files), findHiddenText(files)];
  if (found.length > 0) throw errors.AF_PACKAGE_SECRET({ list: told(found), findings: found });
  if (unseen.length > 0) throw errors.AF_PACKAGE_HIDDEN_TEXT({ list: told(unseen), findings: unseen });
}

function scan(
  files: readonly PackageFile[],
  isWorthIt: (text: string) => boolean,
  look: (path: string, line: string, number: number) => string | undefined,
  lookAtName: (path: string) => string | undefined = () => undefined,
): ContentFinding[] {
  const findings: ContentFinding[] = [];
  for (const { path, bytes } of files) {
    const named = lookAtName(path);
    if (named) findings.push({ path, line: 1, what: named });
    if (findings.length >= most) return findings;
    if (bytes.length > textLimit || bytes.subarray(0, 8000).includes(0)) continue;
    let number = 0;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    if (!isWorthIt(text)) continue;
    for (const line of text.split('\n')) {
      number += 1;
      // Bundles are one long line; looked at in pieces that overlap, so that time stays linear.
      for (let at = 0; at === 0 || at < line.length; at += lineLimit) {
        const what = look(
          path,
          line.length > lineLimit ? line.slice(at, at + lineLimit + 300) : line,
          number,
        );
        if (!what) continue;
        findings.push({ path, line: number, what });
        break;
      }
      if (findings.length >= most) return findings;
    }
  }
  return findings;
}
