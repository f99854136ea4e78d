{{/* Where the files of one credential stand. */}}
{{- define "release-gateway.credentialPath" -}}
{{- printf "/var/run/secrets/release-gateway/%s" . -}}
{{- end -}}

{{/* Pods that there can be at once, rolling updates aside. */}}
{{- define "release-gateway.replicaMaximum" -}}
{{- .Values.autoscaling.enabled | ternary .Values.autoscaling.maxReplicas .Values.replicas | int -}}
{{- end -}}

{{/* `true` when some policy lets callers in from elsewhere; else the gateway itself would refuse to listen there. */}}
{{- define "release-gateway.isOpen" -}}
{{- range $key, $value := .Values.config.auth -}}{{- if $value }}true{{ end -}}{{- end -}}
{{- end -}}

{{- define "release-gateway.listen" -}}
{{- $own := include "release-gateway.isOpen" . | empty | not | ternary "0.0.0.0:8080" "127.0.0.1:8080" -}}
{{- .Values.config.server.listen | default $own -}}
{{- end -}}
{{- define "release-gateway.adminListen" -}}
{{- .Values.config.server.adminListen | default "0.0.0.0:9090" -}}
{{- end -}}
{{- define "release-gateway.port" -}}
{{- regexFind "[0-9]+$" . -}}
{{- end -}}
{{- define "release-gateway.isLoopback" -}}
{{- regexMatch "^(127\\.|localhost:|\\[::1\\])" . | ternary "true" "" -}}
{{- end -}}

{{/* The configuration as the gateway reads it: what `config` says, and what the chart knows. */}}
{{- define "release-gateway.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $server := $config.server -}}
{{- $_ := set $server "listen" (include "release-gateway.listen" .) -}}
{{- $_ := set $server "adminListen" (include "release-gateway.adminListen" .) -}}
{{- with ((.Values.resources).limits).memory -}}
{{- if not $server.memoryBudget -}}
{{- $_ := set $server "memoryBudget" (printf "%dMiB" (div (include "release-gateway.bytes" . | int64) 2097152)) -}}
{{- end -}}
{{- end -}}
{{- $budget := $server.memoryBudget | default "512MiB" -}}
{{- $bytes := include "release-gateway.bytes" $budget | int64 -}}
{{- if and (lt $bytes 268435456) (not (hasKey $config.pages "pinnedBytes")) -}}
{{- $_ := set $config.pages "pinnedBytes" $budget -}}
{{- end -}}
{{- if and (lt $bytes 134217728) (not (hasKey $config.upstream "maxBytesInFlight")) -}}
{{- $_ := set $config.upstream "maxBytesInFlight" $budget -}}
{{- end -}}
{{- $rate := $config.upstream.maxCallsPerSecond | int -}}
{{- if $rate -}}
{{- $_ := set $config.upstream "maxCallsPerSecond" (div $rate (include "release-gateway.replicaMaximum" . | int)) -}}
{{- end -}}
{{- if not $config.pages.tokenKey -}}
{{- $_ := set $config.pages "tokenKey" (dict "file" "/var/run/secrets/release-gateway-pages/key") -}}
{{- end -}}
{{- $credentials := list -}}
{{- range $name, $source := .Values.credentials -}}
{{- if $source -}}
{{- $folder := include "release-gateway.credentialPath" $name -}}
{{- $file := dict "accessKey" "ak" "secretKey" "sk" "securityToken" "token" -}}
{{- if $source.csi -}}
{{- $file = dict "accessKey" $source.csi.accessKeyFile "secretKey" $source.csi.secretKeyFile -}}
{{- $_ := set $file "securityToken" ($source.csi.securityTokenFile | default "") -}}
{{- else if not (include "release-gateway.hasToken" $source) -}}
{{- $_ := unset $file "securityToken" -}}
{{- end -}}
{{- $credential := dict "name" $name -}}
{{- range $key, $leaf := $file -}}
{{- if $leaf }}{{ $_ := set $credential $key (dict "file" (printf "%s/%s" $folder $leaf)) }}{{ end -}}
{{- end -}}
{{- $credentials = append $credentials $credential -}}
{{- end -}}
{{- end -}}
{{- $credentials = concat $credentials ($config.credentials | default list) -}}
{{- $_ := unset $config "credentials" -}}
{{- if $credentials }}{{ $_ := set $config "credentials" $credentials }}{{ end -}}
{{- range $key, $value := $config -}}
{{- if not $value }}{{ $_ := unset $config $key }}{{ end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* `true` when the source of a credential has a security token too. */}}
{{- define "release-gateway.hasToken" -}}
{{- if (.existingSecret).securityTokenKey }}true
{{- else if (.inline).securityToken }}true
{{- else if (.externalSecret).securityToken }}true
{{- end -}}
{{- end -}}

{{/* Given the root and `metadata` or `podIdentity`: not empty when a credential may come from there, since it is switched on,
a credential names it, a chain holds it, or there is no credential at all, which means the whole chain. */}}
{{- define "release-gateway.asks" -}}
{{- $root := index . 0 -}}
{{- $source := index . 1 -}}
{{- $named := $root.Values.config.credentials | default list -}}
{{- $hasKeys := false -}}
{{- range $root.Values.credentials }}{{ if . }}{{ $hasKeys = true }}{{ end }}{{ end -}}
{{- if or (get $root.Values.identity $source) (not (or $named $hasKeys)) }}true{{ end -}}
{{- range $named -}}
{{- if hasKey . $source }}true{{ end -}}
{{- if and (hasKey . "chain") (has $source ((.chain).sources | default (list "metadata" "podIdentity"))) }}true{{ end -}}
{{- end -}}
{{- end -}}

{{/* What only a start reads: a change of it needs new pods. */}}
{{- define "release-gateway.restartKeys" -}}
{{- $config := include "release-gateway.config" . | fromYaml -}}
{{- toYaml (omit $config "auth" "credentials" "regions" "clusters" "discovery" "logging") -}}
{{- end -}}
