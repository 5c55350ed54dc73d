use trialc::diagnostic::Diagnostics;
fn main(){ for f in std::env::args().skip(1) { let s=std::fs::read_to_string(&f).unwrap(); let mut d=Diagnostics::default(); let p=trialc::syntax::parse(&s,0,&mut d); println!("{f} {} items {} diags", p.file.items.len(), d.len());
 for x in &d { let l=s[..x.primary.span.start as usize].matches('\n').count()+1; println!("  {}:{} {} [{}] {}", f,l, x.message, &s[x.primary.span.start as usize..x.primary.span.end as usize], x.help.clone().unwrap_or_default()); } } }
