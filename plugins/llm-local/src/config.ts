/** How the plugin is set up; the schema in package.json says the same. */
export interface LocalConfig {
  /** The part before the slash in an agent's `model`. Default `local`. */
  readonly provider: string;
}
