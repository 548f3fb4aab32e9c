/** The configuration files of Hadoop and HBase: names and values as XML. */

export type Properties = Readonly<Record<string, string | number | boolean>>

/** Text of a `*-site.xml`, in the order of the record. */
export function siteXml(properties: Properties): string {
  const lines = Object.entries(properties).map(
    ([name, value]) =>
      `  <property><name>${escapeXml(name)}</name><value>${escapeXml(String(value))}</value></property>`,
  )
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<configuration>', ...lines, '</configuration>', ''].join(
    '\n',
  )
}

/** Text of a Java properties file; backslashes start escapes there. */
export function javaProperties(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
