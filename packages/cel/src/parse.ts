import { bool, double, int, nullType, text } from './cel-type.ts';
import { CelIssue, unsupported } from './cel-issue.ts';
import { limits } from './limits.ts';
import type { BinarySign, Node } from './node.ts';
import { readMacro } from './read-macro.ts';
import { readTokens, type Token } from './token.ts';

const levels: readonly (readonly BinarySign[])[] = [
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Parses an expression; a {@link CelIssue} says where it cannot be read. */
export function parse(source: string): Node {
  if (source.length > limits.source) {
    const message = `The expression has ${source.length} characters, more than ${limits.source}`;
    throw new CelIssue(message, limits.source, 'Split it, or move what is constant into the data.');
  }
  const parser = new Parser(readTokens(source));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#expression();
    const { kind, at } = this.#next;
    if (kind === 'end') return node;
    throw this.#unexpected(`Join two conditions with "&&" or "||"`, at);
  }

  get #next(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(): Token {
    const token = this.#next;
    this.#at += 1;
    return token;
  }

  #isSign(text: string): boolean {
    return this.#next.kind === 'sign' && this.#next.text === text;
  }

  #accept(text: string): boolean {
    const found = this.#isSign(text);
    if (found) this.#at += 1;
    return found;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected(`Write "${text}" here`, this.#next.at);
  }

  #unexpected(fix: string, at: number): CelIssue {
    const { kind, text: found } = this.#next;
    const shown =
      kind === 'end' ? 'The expression ends too early' : `${JSON.stringify(found)} is not expected here`;
    return new CelIssue(shown, at, `${fix}.`);
  }

  #expression(): Node {
    this.#deeper();
    const test = this.#logical('or');
    const { at } = this.#next;
    let node = test;
    if (this.#accept('?')) {
      const yes = this.#logical('or');
      this.#expect(':');
      node = { kind: 'conditional', at, test, yes, no: this.#expression() };
    }
    this.#depth -= 1;
    return node;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth <= limits.depth) return;
    throw new CelIssue(
      `More than ${limits.depth} levels lie within each other`,
      this.#next.at,
      'Make it flatter.',
    );
  }

  #checkChain(length: number): void {
    if (length <= limits.chain) return;
    const fix = 'Split it with parentheses, or use a list.';
    throw new CelIssue(`More than ${limits.chain} operators follow each other`, this.#next.at, fix);
  }

  #logical(kind: 'or' | 'and'): Node {
    const part = (): Node => (kind === 'or' ? this.#logical('and') : this.#binary(0));
    const first = part();
    const { at } = this.#next;
    const parts = [first];
    while (this.#accept(kind === 'or' ? '||' : '&&')) parts.push(part());
    return parts.length === 1 ? first : { kind, at, parts };
  }

  #binary(level: number): Node {
    const signs = levels[level];
    if (signs === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let length = 0; ; length++) {
      this.#checkChain(length);
      const { kind, text: found, at } = this.#next;
      const sign = signs.find((each) => each === found && kind === (each === 'in' ? 'name' : 'sign'));
      if (sign === undefined) return left;
      this.#at += 1;
      left = { kind: 'binary', at, sign, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Node {
    const { at } = this.#next;
    for (const [sign, kind] of [['!', 'not'] as const, ['-', 'negate'] as const]) {
      if (!this.#accept(sign)) continue;
      this.#deeper();
      const operand = this.#next.text === sign ? this.#unary() : this.#member();
      this.#depth -= 1;
      const isNumber = kind === 'negate' && operand.kind === 'literal' && typeof operand.value === 'number';
      if (!isNumber) return { kind, at, operand };
      const value = -Number(operand.value);
      return { ...operand, at, value: operand.type.kind === 'int' ? value + 0 : value }; // there is no whole -0
    }
    return this.#member();
  }

  #member(): Node {
    let node = this.#primary();
    for (let length = 0; ; length++) {
      this.#checkChain(length);
      const { at } = this.#next;
      if (this.#accept('.')) node = this.#afterDot(node, at);
      else if (this.#accept('[')) {
        if (this.#isSign('?')) throw unsupported('Optional values', at, 'Test with has() first.');
        node = { kind: 'index', at, target: node, index: this.#expression() };
        this.#expect(']');
      } else if (this.#isSign('{') && (node.kind === 'name' || node.kind === 'select')) {
        throw unsupported('Messages', at, 'Write a map: {"name": value}.');
      } else return node;
    }
  }

  #afterDot(target: Node, at: number): Node {
    if (this.#isSign('?')) throw unsupported('Optional values', at, 'Test with has() first.');
    const name = this.#next;
    const isWord = name.kind === 'name' && !['true', 'false', 'null', 'in'].includes(name.text);
    if (!isWord && name.kind !== 'quoted') {
      throw this.#unexpected('Write the name of a field here, or ["name"] for one that is no word', name.at);
    }
    this.#at += 1;
    if (name.kind !== 'name' || !this.#accept('(')) {
      return { kind: 'select', at: name.at, target, field: name.text, has: false };
    }
    const args = this.#items(')');
    return (
      readMacro(name, target, args) ?? { kind: 'call', at: name.at, name: name.text, receiver: target, args }
    );
  }

  #primary(): Node {
    const token = this.#take();
    const { kind, text: found, at } = token;
    if (kind === 'string') return { kind: 'literal', at, value: found, type: text };
    if (kind === 'double') return { kind: 'literal', at, value: Number(found), type: double };
    if (kind === 'int') return this.#integer(token);
    if (kind === 'name') return this.#word(token);
    if (kind === 'sign' && found === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (kind === 'sign' && found === '[') return { kind: 'list', at, items: this.#items(']') };
    if (kind === 'sign' && found === '{') return { kind: 'map', at, entries: this.#entries() };
    if (kind === 'sign' && found === '.' && this.#next.kind === 'name') {
      throw unsupported('Names from the root', at, 'Leave the first "." out.');
    }
    this.#at -= 1;
    throw this.#unexpected('Write a value here: a name, a number, a text, a list', at);
  }

  #integer({ text: found, at }: Token): Node {
    const value = Number(found);
    if (Number.isSafeInteger(value)) return { kind: 'literal', at, value, type: int };
    throw unsupported('Whole numbers beyond 2^53 - 1', at, 'Write it with ".0" if it need not be exact.');
  }

  #word(token: Token): Node {
    const { text: found, at } = token;
    if (found === 'true' || found === 'false') {
      return { kind: 'literal', at, value: found === 'true', type: bool };
    }
    if (found === 'null') return { kind: 'literal', at, value: null, type: nullType };
    if (found === 'in' || reserved.has(found)) {
      throw new CelIssue(`"${found}" is a reserved word`, at, 'Name the variable otherwise.');
    }
    if (!this.#accept('(')) return { kind: 'name', at, name: found };
    const args = this.#items(')');
    return readMacro(token, undefined, args) ?? { kind: 'call', at, name: found, args };
  }

  #items(end: ')' | ']'): Node[] {
    const items: Node[] = [];
    while (!this.#accept(end)) {
      if (this.#isSign('?')) throw unsupported('Optional values', this.#next.at, 'Leave the "?" out.');
      items.push(this.#expression());
      if (this.#accept(',')) {
        if (end === ')' && this.#isSign(')'))
          throw this.#unexpected('Leave the last comma out', this.#next.at);
      } else if (!this.#isSign(end)) throw this.#unexpected(`Write "," or "${end}" here`, this.#next.at);
    }
    return items;
  }

  #entries(): (readonly [Node, Node])[] {
    const entries: (readonly [Node, Node])[] = [];
    while (!this.#accept('}')) {
      if (this.#isSign('?')) throw unsupported('Optional values', this.#next.at, 'Leave the "?" out.');
      const key = this.#expression();
      this.#expect(':');
      entries.push([key, this.#expression()]);
      if (!this.#accept(',') && !this.#isSign('}'))
        throw this.#unexpected('Write "," or "}" here', this.#next.at);
    }
    return entries;
  }
}
