/**
 * Names that belong to one machine or one network and not into a repository: home and work directories, hosts of
 * package registries.
 */
import { placeOf, type SourceFile } from './source-file.ts'

const MACHINE_PATHS = /(?<![\w.}-])\/(work|root|home\/[a-z][\w-]*|Users\/\w+)\/[\w.-]+/g

const REGISTRY_HOSTS =
  /\b(registry\.[\w-]+\.\w+|[\w.-]*(artifactory|nexus|verdaccio)[\w-]*\.\w+|(files\.)?pythonhosted\.org|pypi\.org|(index\.|static\.)?crates\.io|proxy\.golang\.org|repo1?\.maven\.\w+|deb\.debian\.org)\b/g

export function foreignNameComplaints(files: readonly SourceFile[]): string[] {
  return files.flatMap(file =>
    [MACHINE_PATHS, REGISTRY_HOSTS].flatMap(pattern =>
      [...file.text.matchAll(pattern)].map(match => `${placeOf(file, match.index)}: ${match[0]}`),
    ),
  )
}
