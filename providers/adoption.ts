/** As one word of a shell's command line. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where `raxx:adopt` says that a place is taken over, as an argument of `pulumi config set --path`. */
export function adoptPath(name: string): string {
  return quoted(`raxx:adopt["${name.replaceAll('"', '\\"')}"]`);
}
