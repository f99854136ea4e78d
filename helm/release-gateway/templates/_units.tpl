{{/* A duration of the configuration, `500ms`, `10s`, `5m`, `24h`, `7d` or `2w`, in whole seconds, rounded up. */}}
{{- define "release-gateway.seconds" -}}
{{- $text := . | toString -}}
{{- $number := regexFind "^[0-9]+" $text | int64 -}}
{{- $unit := regexReplaceAll "^[0-9]+" $text "" -}}
{{- if eq $unit "ms" -}}
{{- div (add $number 999) 1000 -}}
{{- else -}}
{{- mul $number (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 "" 0) $unit) -}}
{{- end -}}
{{- end -}}

{{/* A size of the configuration or of Kubernetes, `512MiB`, `512Mi`, `1G` or a number, in bytes. */}}
{{- define "release-gateway.bytes" -}}
{{- $text := . | toString -}}
{{- if kindIs "float64" . }}{{ $text = . | int64 | toString }}{{ end -}}
{{- $number := regexFind "^[0-9]+" $text | int64 -}}
{{- $unit := regexReplaceAll "^[0-9]+(\\.[0-9]+)?" $text "" | trimSuffix "B" -}}
{{- $factors := dict "" 1 "k" 1000 "K" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 -}}
{{- $binary := dict "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- mul $number (get (merge $factors $binary) $unit | default 0) -}}
{{- end -}}
