{{/* The chart's name, or what replaces it. */}}
{{- define "release-gateway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
What all names begin with, at most 51 characters: the longest fixed suffix, `-page-tokens`, then still fits into 63. A
name that has to be cut ends in a hash of the whole, since two long ones may begin alike.
*/}}
{{- define "release-gateway.fullname" -}}
{{- $name := .Values.fullnameOverride -}}
{{- if not $name -}}
{{- $base := include "release-gateway.name" . -}}
{{- $name = contains $base .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $base) -}}
{{- end -}}
{{- include "release-gateway.cut" (list $name 51) -}}
{{- end -}}

{{/* (list NAME LENGTH): the name, cut where it is longer. */}}
{{- define "release-gateway.cut" -}}
{{- $name := index . 0 -}}
{{- $length := index . 1 | int -}}
{{- if gt (len $name) $length -}}
{{- printf "%s-%s" ($name | trunc (int (sub $length 7)) | trimSuffix "-" | trimSuffix ".") (sha256sum $name | trunc 6) -}}
{{- else -}}
{{- $name | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "release-gateway.serviceAccountName" -}}
{{- $own := .Values.serviceAccount.create | ternary (include "release-gateway.fullname" .) "default" -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end -}}

{{/* The Secret of an inline credential or of an ExternalSecret: (list CONTEXT NAME). */}}
{{- define "release-gateway.credentialSecret" -}}
{{- $full := include "release-gateway.fullname" (index . 0) -}}
{{- include "release-gateway.cut" (list (printf "%s-key-%s" $full (index . 1)) 63) -}}
{{- end -}}

{{- define "release-gateway.tokenSecret" -}}
{{- default (printf "%s-page-tokens" (include "release-gateway.fullname" .)) .Values.tokenKey.existingSecret -}}
{{- end -}}

{{/* What all pods of a release have. */}}
{{- define "release-gateway.instanceLabels" -}}
app.kubernetes.io/name: {{ include "release-gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* What the gateway's pods have, and the test's has not. */}}
{{- define "release-gateway.selectorLabels" -}}
{{ include "release-gateway.instanceLabels" . }}
app.kubernetes.io/component: gateway
{{- end -}}

{{/* Labels of every object; (list CONTEXT COMPONENT). */}}
{{- define "release-gateway.labels" -}}
{{- $context := index . 0 -}}
{{- $labels := dict "app.kubernetes.io/component" (index . 1) -}}
{{- $_ := set $labels "app.kubernetes.io/name" (include "release-gateway.name" $context) -}}
{{- $_ := set $labels "app.kubernetes.io/instance" $context.Release.Name -}}
{{- $_ := set $labels "app.kubernetes.io/version" ($context.Chart.AppVersion | toString) -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" $context.Release.Service -}}
{{- $chart := printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" | trunc 63 -}}
{{- $_ := set $labels "helm.sh/chart" ($chart | trimSuffix "-") -}}
{{- toYaml (merge $labels $context.Values.commonLabels) -}}
{{- end -}}

{{/* metadata of an object: (list CONTEXT COMPONENT NAME [LABELS] [ANNOTATIONS]). */}}
{{- define "release-gateway.metadata" -}}
{{- $context := index . 0 -}}
{{- $labels := include "release-gateway.labels" (list $context (index . 1)) | fromYaml -}}
{{- if gt (len .) 3 }}{{ $labels = merge $labels (index . 3) }}{{ end -}}
{{- $annotations := $context.Values.commonAnnotations -}}
{{- if gt (len .) 4 }}{{ $annotations = merge (dict) (index . 4) $annotations }}{{ end -}}
name: {{ index . 2 }}
namespace: {{ $context.Release.Namespace }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "release-gateway.image" -}}
{{- $global := .Values.global | default dict -}}
{{- $registry := $global.imageRegistry | default .Values.image.registry -}}
{{- $image := .Values.image.repository -}}
{{- if $registry }}{{ $image = printf "%s/%s" ($registry | trimSuffix "/") $image }}{{ end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $image .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "release-gateway.imagePullSecrets" -}}
{{- $global := .Values.global | default dict -}}
{{- $all := list -}}
{{- range concat ($global.imagePullSecrets | default list) .Values.imagePullSecrets -}}
{{- $all = append $all (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with $all -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}


{{/* Name servers: the cluster's own, and those of `networkPolicy.egress.dnsCIDRs`. */}}
{{- define "release-gateway.dnsEgress" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
    {{- range .Values.networkPolicy.egress.dnsCIDRs }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- end -}}
