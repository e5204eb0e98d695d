;; A component of contract 0.1.0. It describes itself, too.
;; Made once by wasm-tools out of a module with names, and printed; it is never made anew, since what it proves is that it goes on running.
(component
  (type $ty-podweave:plugin/outputs@0.1.0 (;0;)
    (instance
      (type (;0;) (func (param "name" string) (param "value" string)))
      (export (;0;) "env" (func (type 0)))
    )
  )
  (import "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0 (;0;) (type $ty-podweave:plugin/outputs@0.1.0)))
  (core module $main (;0;)
    (type (;0;) (func (param i32 i32 i32 i32)))
    (type (;1;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;2;) (func (result i32)))
    (import "podweave:plugin/outputs@0.1.0" "env" (func $env (;0;) (type 0)))
    (memory (;0;) 1)
    (global $next (;0;) (mut i32) i32.const 4096)
    (export "memory" (memory 0))
    (export "cabi_realloc" (func 1))
    (export "podweave:plugin/renderer@0.1.0#render" (func 2))
    (export "podweave:plugin/about@0.1.0#describe" (func 3))
    (func (;1;) (type 1) (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      global.get $next
      i32.const 7
      i32.add
      i32.const -8
      i32.and
      local.set $at
      local.get $at
      local.get $size
      i32.add
      global.set $next
      local.get $at
    )
    (func (;2;) (type 2) (result i32)
      i32.const 172
      i32.const 8
      i32.const 180
      i32.const 3
      call $env
      i32.const 0
    )
    (func (;3;) (type 2) (result i32)
      i32.const 16
      i32.const 64
      i32.store
      i32.const 20
      i32.const 108
      i32.store
      i32.const 16
    )
    (data (;0;) (i32.const 64) "{\22name\22:\22described\22,\22version\22:\220.1.0\22,\22summary\22:\22sets one variable\22,\22params\22:{\22type\22:\22object\22},\22example\22:{}}")
    (data (;1;) (i32.const 172) "RENDERED")
    (data (;2;) (i32.const 180) "yes")
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core module $wit-component-shim-module (;1;)
    (type (;0;) (func (param i32 i32 i32 i32)))
    (table (;0;) 1 1 funcref)
    (export "0" (func 0))
    (export "$imports" (table 0))
    (func (;0;) (type 0) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 0
      call_indirect (type 0)
    )
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core instance $wit-component-shim-instance (;0;) (instantiate $wit-component-shim-module))
  (type (;1;) (record (field "config-map" string) (field "key" string) (field "message" string)))
  (type (;2;) (record (field "path" string) (field "message" string)))
  (type (;3;) (variant (case "invalid-value" 1) (case "invalid-params" 2) (case "other" string)))
  (alias core export $wit-component-shim-instance "0" (core func $indirect-podweave:plugin/outputs@0.1.0-env (;0;)))
  (core instance $podweave:plugin/outputs@0.1.0 (;1;)
    (export "env" (func $indirect-podweave:plugin/outputs@0.1.0-env))
  )
  (core instance $main (;2;) (instantiate $main
      (with "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0))
    )
  )
  (alias core export $main "memory" (core memory $memory (;0;)))
  (core module $wit-component-fixup (;2;)
    (type (;0;) (func (param i32 i32 i32 i32)))
    (import "actual" "0" (func (;0;) (type 0)))
    (import "shim" "$imports" (table (;0;) 1 1 funcref))
    (elem (;0;) (i32.const 0) func 0)
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (alias export $podweave:plugin/outputs@0.1.0 "env" (func $env (;0;)))
  (core func $"#core-func1 indirect-podweave:plugin/outputs@0.1.0-env" (@name "indirect-podweave:plugin/outputs@0.1.0-env") (;1;) (canon lower (func $env) (memory $memory) string-encoding=utf8))
  (core instance $actual (;3;)
    (export "0" (func $"#core-func1 indirect-podweave:plugin/outputs@0.1.0-env"))
  )
  (core instance $fixup (;4;) (instantiate $wit-component-fixup
      (with "actual" (instance $actual))
      (with "shim" (instance $wit-component-shim-instance))
    )
  )
  (type (;4;) (func (result string)))
  (alias core export $main "podweave:plugin/about@0.1.0#describe" (core func $podweave:plugin/about@0.1.0#describe (;2;)))
  (func $describe (;1;) (type 4) (canon lift (core func $podweave:plugin/about@0.1.0#describe) (memory $memory) string-encoding=utf8))
  (component $podweave:plugin/about@0.1.0-shim-component (;0;)
    (type (;0;) (func (result string)))
    (import "import-func-describe" (func (;0;) (type 0)))
    (type (;1;) (func (result string)))
    (export (;1;) "describe" (func 0) (func (type 1)))
  )
  (instance $podweave:plugin/about@0.1.0-shim-instance (;1;) (instantiate $podweave:plugin/about@0.1.0-shim-component
      (with "import-func-describe" (func $describe))
    )
  )
  (export $podweave:plugin/about@0.1.0 (;2;) "podweave:plugin/about@0.1.0" (instance $podweave:plugin/about@0.1.0-shim-instance))
  (type (;5;) (result (error 3)))
  (type (;6;) (func (result 5)))
  (alias core export $main "podweave:plugin/renderer@0.1.0#render" (core func $podweave:plugin/renderer@0.1.0#render (;3;)))
  (func $render (;2;) (type 6) (canon lift (core func $podweave:plugin/renderer@0.1.0#render) (memory $memory) string-encoding=utf8))
  (component $podweave:plugin/renderer@0.1.0-shim-component (;1;)
    (type (;0;) (record (field "config-map" string) (field "key" string) (field "message" string)))
    (import "import-type-invalid-value" (type (;1;) (eq 0)))
    (type (;2;) (record (field "path" string) (field "message" string)))
    (import "import-type-invalid-params" (type (;3;) (eq 2)))
    (type (;4;) (variant (case "invalid-value" 1) (case "invalid-params" 3) (case "other" string)))
    (import "import-type-failure" (type (;5;) (eq 4)))
    (type (;6;) (result (error 5)))
    (type (;7;) (func (result 6)))
    (import "import-func-render" (func (;0;) (type 7)))
    (type (;8;) (record (field "config-map" string) (field "key" string) (field "message" string)))
    (export (;9;) "invalid-value" (type 8))
    (type (;10;) (record (field "path" string) (field "message" string)))
    (export (;11;) "invalid-params" (type 10))
    (type (;12;) (variant (case "invalid-value" 9) (case "invalid-params" 11) (case "other" string)))
    (export (;13;) "failure" (type 12))
    (type (;14;) (result (error 13)))
    (type (;15;) (func (result 14)))
    (export (;1;) "render" (func 0) (func (type 15)))
  )
  (instance $podweave:plugin/renderer@0.1.0-shim-instance (;3;) (instantiate $podweave:plugin/renderer@0.1.0-shim-component
      (with "import-func-render" (func $render))
      (with "import-type-invalid-value" (type 1))
      (with "import-type-invalid-params" (type 2))
      (with "import-type-failure" (type 3))
    )
  )
  (export $podweave:plugin/renderer@0.1.0 (;4;) "podweave:plugin/renderer@0.1.0" (instance $podweave:plugin/renderer@0.1.0-shim-instance))
  (@producers
    (processed-by "wit-component" "0.259.0")
  )
)
