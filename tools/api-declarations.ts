// What a module exports, with doc comments and signatures, read from its sources alone.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import {
  parseSync,
  type BindingPattern,
  type Class,
  type ClassElement,
  type Declaration,
  type ExportNamedDeclaration,
  type Function as FunctionNode,
  type Program,
  type VariableDeclarator,
} from 'oxc-parser';

/** One export of a module. */
export interface ApiExport {
  readonly name: string;
  readonly kind: 'class' | 'constant' | 'function' | 'interface' | 'type';
  /** Its doc comment without stars; empty where there is none. */
  readonly doc: string;
  /** Without bodies, and without values where a type is stated. One for each overload. */
  readonly signatures: readonly string[];
  /** The file that declares it, relative to the root. */
  readonly file: string;
}

/** A module: its own doc comment, and its exports by name. */
export interface ApiModule {
  readonly doc: string;
  readonly exports: readonly ApiExport[];
}

/** Characters of a constant's value that are worth showing; a longer one is a table or a schema. */
const longestValue = 300;

interface Source {
  readonly file: string;
  readonly text: string;
  readonly body: Program['body'];
  readonly docs: readonly { readonly start: number; readonly end: number; readonly value: string }[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What the module `file` exports, also what it passes on from other files. An export of a form that is not
 * understood throws: none is left out in silence.
 *
 * @param root what paths of files are relative to.
 */
export function readModule(file: string, root: string): ApiModule {
  const named = new Map<string, ApiExport>();
  for (const one of exportsOf(file, root)) {
    const before = named.get(one.name);
    // Nobody sees the signature that implements overloads.
    if (before?.kind === 'function' && !one.signatures[0]?.endsWith(';')) continue;
    // Overloads, and a token named like its type, share the comment of the first.
    const signatures = [...(before?.signatures ?? []), ...one.signatures];
    named.set(one.name, { ...one, ...before, signatures });
  }
  const source = readSource(file);
  return {
    doc: plainDoc(source.docs[0]?.value ?? ''),
    exports: [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const { program, comments, errors } = parseSync(file, text);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const docs = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
  return { file, text, body: program.body, docs };
}

function exportsOf(file: string, root: string): ApiExport[] {
  const source = readSource(file);
  return source.body.flatMap((node): ApiExport[] => {
    if (node.type === 'ExportAllDeclaration') return exportsOf(join(dirname(file), node.source.value), root);
    if (node.type === 'ExportDefaultDeclaration')
      throw new Error(`${file}: a default export has no name to be found by`);
    if (node.type !== 'ExportNamedDeclaration') return [];
    if (node.source !== null) return passedOn(node, exportsOf(join(dirname(file), node.source.value), root));
    if (node.declaration === null) throw new Error(`${file}: export what is declared where it is declared`);
    const doc = docBefore(source, node);
    return declared(source, node.declaration).map((one) => ({ ...one, doc, file: relative(root, file) }));
  });
}

/** `export { a, b as c } from …`: those of `all` that are named, by their new names. */
function passedOn({ specifiers }: ExportNamedDeclaration, all: readonly ApiExport[]): ApiExport[] {
  return specifiers.flatMap(({ local, exported }) => {
    const [from, to] = [local, exported].map((one) => ('name' in one ? one.name : one.value));
    return all.filter(({ name }) => name === from).map((one) => ({ ...one, name: to ?? one.name }));
  });
}

type Declared = Pick<ApiExport, 'name' | 'kind' | 'signatures'>;

function declared(source: Source, node: Declaration): Declared[] {
  const { text, file } = source;
  switch (node.type) {
    case 'TSInterfaceDeclaration':
      return [{ name: node.id.name, kind: 'interface', signatures: [cut(text, node)] }];
    case 'TSTypeAliasDeclaration':
      return [{ name: node.id.name, kind: 'type', signatures: [cut(text, node)] }];
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
      return [{ name: node.id?.name ?? '', kind: 'function', signatures: [withoutBody(text, node)] }];
    case 'ClassDeclaration':
      return [{ name: node.id?.name ?? '', kind: 'class', signatures: [outline(source, node)] }];
    case 'VariableDeclaration':
      return node.declarations.map((one) => ({
        name: nameOf(one.id, file),
        kind: 'constant',
        signatures: [`const ${withoutValue(text, one)}`],
      }));
    default:
      throw new Error(`${file}: the API reference does not know an exported ${node.type}`);
  }
}

function nameOf(pattern: BindingPattern, file: string): string {
  if (pattern.type !== 'Identifier') throw new Error(`${file}: export one name at a time`);
  return pattern.name;
}

function withoutValue(text: string, { id, init, start, end }: VariableDeclarator): string {
  const isTyped = 'typeAnnotation' in id && Boolean(id.typeAnnotation);
  if (isTyped) return cut(text, id);
  if (init?.type === 'ArrowFunctionExpression') return `${text.slice(start, init.body.start).trim()} …`;
  const whole = cut(text, { start, end });
  return whole.length <= longestValue || init === null ? whole : `${text.slice(start, init.start)}…`;
}

function withoutBody(text: string, { start, end, body }: FunctionNode): string {
  return cut(text, { start, end: body?.start ?? end });
}

/** A class as its users see it: no bodies, no values, nothing private. */
function outline({ text, docs }: Source, { start, body }: Class): string {
  const members = body.body.filter(isPublic).map((member) => {
    const doc = docs.find(({ end }) => end <= member.start && text.slice(end, member.start).trim() === '');
    const comment = doc === undefined ? '' : `  ${text.slice(doc.start, doc.end)}\n`;
    return `${comment}  ${memberSignature(text, member)};`;
  });
  return [`${text.slice(start, body.start).trim()} {`, ...members, '}'].join('\n');
}

function isPublic(member: ClassElement): boolean {
  if (member.type === 'StaticBlock') return false;
  if (!('key' in member) || member.key.type === 'PrivateIdentifier') return false;
  return !('accessibility' in member) || member.accessibility !== 'private';
}

function memberSignature(text: string, member: ClassElement): string {
  if (member.type === 'MethodDefinition')
    return cut(text, { start: member.start, end: member.value.body?.start ?? member.end });
  if (member.type !== 'PropertyDefinition') return cut(text, member).replace(/;$/, '');
  const end = member.value === null ? member.end : text.lastIndexOf('=', member.value.start);
  return cut(text, { start: member.start, end }).replace(/;$/, '');
}

function cut(text: string, { start, end }: Span): string {
  return text.slice(start, end).trim();
}

/** The doc comment that ends right before a node. */
function docBefore({ text, docs }: Source, { start }: Span): string {
  const doc = docs.find(({ end }) => end <= start && text.slice(end, start).trim() === '');
  return plainDoc(doc?.value ?? '');
}

/** A doc comment without its stars. */
function plainDoc(value: string): string {
  return value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}
