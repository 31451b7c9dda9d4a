import { posix, relative, sep } from 'node:path';
import { judgeImport } from './rooms.ts';

/** The part of a syntax tree that the rule looks at. */
interface SourceNode {
  readonly source?: { readonly type: string; readonly value?: unknown } | null;
}

interface CallNode {
  readonly callee: { readonly type: string; readonly name?: string };
  readonly arguments: readonly { readonly type: string; readonly value?: unknown }[];
}

interface RuleContext {
  readonly filename: string;
  readonly cwd: string;
  report(problem: { node: unknown; message: string }): void;
}

/** Lint rules of this repository alone, in the plugin form that oxlint shares with ESLint. */
const house: object = {
  meta: { name: 'house' },
  rules: {
    layers: {
      meta: {
        type: 'problem',
        docs: { description: 'Each room imports only what the table in rooms.ts admits.' },
      },
      create(context: RuleContext) {
        const file = relative(context.cwd, context.filename).split(sep).join(posix.sep);
        const check = (node: unknown, specifier: unknown): void => {
          const message = typeof specifier === 'string' ? judgeImport(file, specifier) : undefined;
          if (message !== undefined) context.report({ node, message });
        };
        const checkSource = (node: SourceNode): void => check(node, node.source?.value);
        return {
          ImportDeclaration: checkSource,
          ExportNamedDeclaration: checkSource,
          ExportAllDeclaration: checkSource,
          ImportExpression: checkSource,
          TSImportType: checkSource,
          CallExpression(node: CallNode): void {
            if (node.callee.type === 'Identifier' && node.callee.name === 'require')
              check(node, node.arguments[0]?.value);
          },
        };
      },
    },
  },
};

export default house;
