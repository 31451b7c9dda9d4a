/** A file of the folder `peers`: the same task by another framework. */
export interface PeerAdapter {
  /** The package that is measured, as peers/package.json names it. */
  readonly packageName: string;
  /** `stream`: answers come in pieces. */
  create(modelUrl: string, stream: boolean): Promise<(question: string) => Promise<string>>;
}
