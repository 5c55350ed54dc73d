use trialc::check::{Input, check};
use trialc::source::Sources;
use trialc::world::FileSystem;
fn main(){ for f in std::env::args().skip(1) { let mut s=Sources::new(); let t=std::time::Instant::now(); let (c,d)=check(&FileSystem,&mut s,Input{path:f.clone().into(),text:None}); let e=t.elapsed();
 for x in &d { let l=s.line_column(x.primary.span.start); println!("{}:{}:{} {} {} [{}] | {} | {}", s.path(x.primary.span).display(),l.line,l.column, x.code, x.message, s.text(x.primary.span), x.primary.text, x.help.clone().unwrap_or_default()); }
 println!("{f}: {} diags {:?}", d.len(), e);
 if let Some(c)=c { let t=std::time::Instant::now(); let t2=trialc::lower::lower(c); let j=trialc::ir::json::to_json(&t2).unwrap(); println!("  lowered {:?} {} bytes", t.elapsed(), j.len()); std::fs::write(format!("/tmp/w/{}.json", std::path::Path::new(&f).file_stem().unwrap().to_str().unwrap()), j).unwrap(); } } }
