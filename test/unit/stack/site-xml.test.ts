/** The forms in which Java servers read names and values. */
import { expect, it } from 'vitest'
import { javaProperties, siteXml } from '../../stack/site-xml.ts'

it('siteXml escapes what XML would misread', () => {
  expect(siteXml({ 'a.b': 1, c: '<&>' })).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<configuration>',
      '  <property><name>a.b</name><value>1</value></property>',
      '  <property><name>c</name><value>&lt;&amp;&gt;</value></property>',
      '</configuration>',
      '',
    ].join('\n'),
  )
})

it('javaProperties keeps backslashes', () => {
  expect(javaProperties({ a: true, path: 'c:\\d' })).toBe('a=true\npath=c:\\\\d\n')
})
