/** The list of files npm would publish; as much of it as is used here. */
declare module 'npm-packlist' {
  /** A package as npm's own tree describes it. */
  interface PackTree {
    readonly path: string;
    readonly package: object;
    readonly isProjectRoot: boolean;
    readonly edgesOut: ReadonlyMap<string, never>;
  }
  export default function packlist(tree: PackTree): Promise<string[]>;
}
